"""Simulated data that stand in where official files can't be had."""
