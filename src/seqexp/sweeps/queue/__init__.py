"""Where a sweep's jobs come from: a grid, or a search."""
