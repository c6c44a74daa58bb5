"""Word vectors that a run has learned, shown as neighbours, pictures and exports."""
