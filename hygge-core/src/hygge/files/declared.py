"""The types that a flow declares for columns of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hygge.errors import ConfigurationError
from hygge.typenames import KNOWN, parse_type

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["declared_types"]


def declared_types(said: Mapping[str, str]) -> dict[str, pa.DataType]:
    """Arrow types by column; raises `ConfigurationError` for a name that says none."""
    types = {}
    for column, name in said.items():
        kind = parse_type(name)
        if kind is None:
            raise ConfigurationError(
                f"home.types: {name!r} of {column!r} is no type",
                code="HYG105",
                remedy=f"Types are: {KNOWN}.",
            )
        types[column] = kind
    return types
