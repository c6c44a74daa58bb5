"""What is too much, or nothing at all, for the machine and for the libraries below."""
