"""Series: repair, splits, windows."""
