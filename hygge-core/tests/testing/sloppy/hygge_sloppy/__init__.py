"""A plugin that loads, and breaks most laws of a plugin."""
