"""Build what a model's YAML describes: a Keras network or an estimator."""
