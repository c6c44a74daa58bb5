"""`python -m seqexp.models.kernels`: compile the recurrent layers' inner loops, so that no training waits for it."""

from seqexp.models.kernels.warm import compile_kernels

compile_kernels()
