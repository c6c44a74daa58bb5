"""The progress of a sweep on the terminal, and the pictures of its results."""
