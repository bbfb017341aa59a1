"""A connector whose stores break one law each."""
