"""What a person sees of a run: its progress, its curves, its forecasts."""
