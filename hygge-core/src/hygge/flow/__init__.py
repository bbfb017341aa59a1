"""From configuration to planned jobs: what is moved, in which mode, and what a run asks of the home."""
