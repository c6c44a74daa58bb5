"""What can be said of any two groups of a leaderboard."""
