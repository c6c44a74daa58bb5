"""What a store holds, read for a person or a command: runs, conditions that select them, and their files."""
