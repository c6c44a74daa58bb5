"""What a person reads: tables, plots, progress."""
