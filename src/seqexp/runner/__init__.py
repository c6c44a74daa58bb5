"""One experiment from start to end, and sweeps of them."""
