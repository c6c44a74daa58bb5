"""What a composition may hold: files and overrides set values, and nothing of them is run."""
