"""Where a sweep's jobs run: processes of this machine, and what watches them."""
