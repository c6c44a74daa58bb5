"""The MLflow store: where it is, whether it can be used, and what is asked of it."""
