"""How fast seqexp trains and scores, against the ways that people would take without it: `make bench`."""
