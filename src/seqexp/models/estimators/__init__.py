"""Models that are fitted at once, without epochs: the baselines and the linear ones."""
