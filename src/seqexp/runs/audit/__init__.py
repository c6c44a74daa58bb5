"""The audit of a run: whether anything leaks from the future, from the test part or from the samples beside it."""
