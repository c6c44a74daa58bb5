"""Time stamps: how they may be written, which way a column has them, and the column itself."""
