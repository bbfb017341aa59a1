"""Projects that things go wrong in, and what has to hold afterwards."""
