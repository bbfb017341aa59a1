"""Tables behind a REST API."""
