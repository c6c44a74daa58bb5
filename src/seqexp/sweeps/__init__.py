"""Sweeps: many jobs, where they come from, and where they run."""
