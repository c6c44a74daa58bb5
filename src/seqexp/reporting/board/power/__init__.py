"""What more seeds, or more folds, would tell of the groups of a leaderboard."""
