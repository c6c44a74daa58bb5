"""Tables of cells with a delimiter between them: how a file is written, and its rows in blocks."""
