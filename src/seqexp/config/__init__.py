"""From YAML and overrides to a checked, typed, frozen Experiment. Imports nothing heavy."""
