"""The MLflow store, and the record of one run in it."""
