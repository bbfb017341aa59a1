"""What hygge-sqlite offers; imports nothing but hygge."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, StoreCapabilities, StoreType, hookimpl

__all__ = ["hygge_homes", "hygge_stores"]


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


@hookimpl
def hygge_stores() -> list[StoreType]:
    """The store ``type: sqlite``."""
    return [
        StoreType(
            name="sqlite",
            factory="hygge_sqlite.store:SqliteStore",
            config_schema="hygge_sqlite:store.schema.json",
            summary="tables of a SQLite database",
            capabilities=StoreCapabilities(
                modes=frozenset({"replace", "append", "upsert"}),
                atomicity="run",
                staging="durable",
                exclusive="connection",
                parallel_staging=True,
                add_columns=True,
                widen_types=True,
                read_back=True,
            ),
        )
    ]
