"""Words that people write into files, and what they mean here."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["EXAMPLES", "IN_HYGGE_YML", "NOT_YET", "OTHER_WORDS", "TYPES"]

NOT_YET = frozenset({"mirror"})
"""Keys that a later version may have."""

IN_HYGGE_YML = frozenset({"journal", "options", "connections"})
"""Keys that are the project's, not a flow's."""

OTHER_WORDS = {
    "home": ("source", "src", "from", "origin", "extract"),
    "store": ("destination", "dest", "target", "sink", "to", "load"),
    "entities": ("tables", "table", "streams", "stream", "objects", "entity"),
    "keys": ("key", "primary_key", "primary_keys", "unique_key", "merge_key"),
    "watermark": ("cursor", "cursor_field", "incremental_key", "replication_key", "update_key"),
    "run_type": ("mode", "load_type", "replication_method", "materialization"),
    "write": ("write_disposition", "strategy"),
    "where": ("filter", "condition"),
    "columns": ("select", "fields"),
}
"""What other tools call keys of a flow, by what hygge calls them."""

EXAMPLES: Mapping[str, str] = {
    "home": "home: {{type: ..., path: {}}}",
    "store": "store: {{type: ..., path: {}}}",
    "watermark": "watermark: {{column: {}}}",
    "journal": "journal: {{location: {}}}",
}
"""How a text is meant that stands where a mapping is wanted, by the path of the key."""

TYPES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
"""The types of JSON Schema, as people call them."""
