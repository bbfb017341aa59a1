"""Ends the process, if it is let."""

raise SystemExit("goodbye")
