"""The search: its grammar, its space, its settings."""
