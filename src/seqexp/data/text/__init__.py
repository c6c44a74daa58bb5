"""Labelled texts: where they come from, how they become ids, and the padded rows that models read."""
