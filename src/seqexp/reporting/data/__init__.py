"""What a person sees of data: descriptions, tables, pictures."""
