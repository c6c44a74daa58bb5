"""A sweep: its jobs, the places where they run, and what becomes of them."""
