"""What is to be learned from samples, and how it is judged."""
