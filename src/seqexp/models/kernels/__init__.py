"""Compiled inner loops of the recurrent layers. Importing this imports Numba, and nothing of TensorFlow."""
