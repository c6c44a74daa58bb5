"""Score predictions on windows: the model's and the baselines', by one definition."""
