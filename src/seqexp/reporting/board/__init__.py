"""The leaderboard: groups of runs, ranked and compared."""
