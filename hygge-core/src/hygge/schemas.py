"""Arrow schemas as text, for values that cross a process boundary or rest in a journal."""

from __future__ import annotations

import base64
import hashlib

import pyarrow as pa

__all__ = ["fingerprint", "pack", "unpack"]


def pack(schema: pa.Schema) -> str:
    """The schema as base64 of its Arrow IPC message."""
    return base64.b64encode(schema.serialize()).decode("ascii")


def unpack(text: str) -> pa.Schema:
    """The schema that `pack` wrote."""
    return pa.ipc.read_schema(pa.py_buffer(base64.b64decode(text)))


def fingerprint(text: str) -> str:
    """Twelve hex digits that change when names, types, order or nullability change."""
    fields = [f"{f.name}\0{f.type}\0{f.nullable}" for f in unpack(text)]
    return hashlib.sha256("\1".join(fields).encode()).hexdigest()[:12]
