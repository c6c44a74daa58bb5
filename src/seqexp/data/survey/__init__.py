"""What is to be known of data before a training: descriptions, checks, statistics."""
