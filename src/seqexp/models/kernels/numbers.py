"""Cells and activations by number, as the kernels know them. Importing this imports nothing else."""

from __future__ import annotations

SIMPLE, LSTM, GRU_AFTER, GRU_BEFORE = range(4)
LINEAR, TANH, SIGMOID, RELU, HARD_SIGMOID = range(5)

# By Keras's names. Their derivatives follow from their values, so that the backward pass needs nothing else.
ACTIVATIONS = {"linear": LINEAR, "tanh": TANH, "sigmoid": SIGMOID, "relu": RELU, "hard_sigmoid": HARD_SIGMOID}
