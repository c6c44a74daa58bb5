"""A search: trials that Optuna proposes from how those before them ended."""
