"""What may stand at the cursor of a command line that is being typed."""
