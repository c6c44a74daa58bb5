"""What a person sees of a sweep: its progress, its pictures."""
