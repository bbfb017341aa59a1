"""What hygge-sqlite offers; imports nothing but hygge."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, hookimpl

__all__ = ["hygge_homes"]


@hookimpl
def hygge_homes() -> list[HomeType]:
    """The home ``type: sqlite``."""
    return [
        HomeType(
            name="sqlite",
            factory="hygge_sqlite.home:SqliteHome",
            config_schema="hygge_sqlite:home.schema.json",
            summary="tables, views and queries of a SQLite database",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        )
    ]
