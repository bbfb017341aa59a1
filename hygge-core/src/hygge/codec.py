"""Values of `hygge.model` to JSON and back; a foreign document is refused, not guessed at."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

__all__ = ["DecodeError", "decode", "encode", "from_builtins", "to_builtins"]

T = TypeVar("T")
DecodeError = msgspec.DecodeError


def encode(value: Any) -> bytes:
    """One line of JSON, UTF-8."""
    return msgspec.json.encode(value)


def decode(data: bytes, kind: type[T]) -> T:
    """The value behind ``data``; raises `DecodeError` if it is not one of ``kind``."""
    return msgspec.json.decode(data, type=kind)


def to_builtins(value: Any) -> Any:
    """The value as dicts, lists, strings and numbers."""
    return msgspec.to_builtins(value)


def from_builtins(data: Any, kind: type[T]) -> T:
    """The opposite of `to_builtins`; raises `DecodeError` (a `ValidationError`) on a mismatch."""
    return msgspec.convert(data, kind)
