"""Fit a network: seeds, epochs, early stopping, best weights, faults."""
