from __future__ import annotations

from collections.abc import Sequence

from hygge import HomeCapabilities, HomeType, StoreCapabilities, StoreType, hookimpl


@hookimpl
def hygge_homes() -> Sequence[HomeType]:
    return [
        HomeType(
            name="rows",
            factory="rows_connector.home:RowsHome",
            config_schema="rows_connector:rows.schema.json",
            summary="rows for tests",
            capabilities=HomeCapabilities(incremental=True),
        ),
        HomeType(
            name="changes",
            factory="rows_connector.home:RowsHome",
            config_schema="rows_connector:rows.schema.json",
            summary="a home that counts by itself",
            capabilities=HomeCapabilities(positions=True),
        ),
        HomeType(
            name="schemaless",
            factory="rows_connector.home:RowsHome",
            config_schema="rows_connector:nowhere.schema.json",
            summary="a home whose schema is not in its package",
        ),
        HomeType(
            name="remote",
            factory="rows_connector.home:RowsHome",
            config_schema="rows_connector:remote.schema.json",
            summary="a home whose schema refers to the internet",
        ),
    ]


@hookimpl
def hygge_stores() -> Sequence[StoreType]:
    return [
        StoreType(
            name="settled",
            factory="rows_connector.store:SettledStore",
            config_schema="rows_connector:rows.schema.json",
            summary="a store for tests",
            capabilities=StoreCapabilities(modes=frozenset({"replace", "append", "upsert"})),
        )
    ]
