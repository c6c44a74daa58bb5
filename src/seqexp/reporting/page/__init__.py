"""The report: one page of runs that opens from disk."""
