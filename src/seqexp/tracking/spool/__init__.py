"""What a run records waits in its own folder until the store has it."""
