"""A small connector that keeps every law: tables as objects, in a folder or behind a tiny HTTP service."""
