"""Files: from bytes to tables."""
