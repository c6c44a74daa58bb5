"""What a person sees of runs: their progress, curves and forecasts, and in what some of them differ."""
