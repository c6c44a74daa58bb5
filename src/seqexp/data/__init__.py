"""Locate, verify, repair, split and window the data."""
