"""Descriptors of the toys."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, StoreCapabilities, StoreType, hookimpl


@hookimpl
def hygge_homes() -> list[HomeType]:
    return [
        HomeType(
            name="scripted",
            factory="hygge_toys.home:ScriptedHome",
            config_schema="hygge_toys:home.schema.json",
            summary="rows of a table in memory, with faults on demand",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        ),
        HomeType(
            name="counting",
            factory="hygge_toys.home:ScriptedHome",
            config_schema="hygge_toys:home.schema.json",
            summary="the same rows, by a home that knows by itself what is new",
            capabilities=HomeCapabilities(positions=True),
        ),
    ]


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [
        StoreType(
            name="distant",
            factory="hygge.files.local_stores:ParquetStore",
            config_schema="hygge.files:parquet_store.schema.json",
            summary="files, as if they lay behind a network",
            capabilities=StoreCapabilities(modes=frozenset({"replace", "append"}), exclusive="target"),
            remote=True,
        ),
        StoreType(
            name="fleeting",
            factory="hygge.files.local_stores:ParquetStore",
            config_schema="hygge.files:parquet_store.schema.json",
            summary="files, of which what is staged counts for its own process only",
            capabilities=StoreCapabilities(modes=frozenset({"replace", "append"}), staging="transient"),
        ),
    ]
