"""The descriptor of the home ``rowfile``."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, hookimpl


@hookimpl
def hygge_homes() -> list[HomeType]:
    return [
        HomeType(
            name="rowfile",
            factory="rowfile_connector.home:RowFileHome",
            config_schema="rowfile_connector:home.schema.json",
            summary="rows of a JSON file",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        ),
        HomeType(
            name="needy",
            factory="rowfile_connector.needy:NeedyHome",
            config_schema="rowfile_connector:home.schema.json",
            summary="a home whose driver is not installed",
        ),
    ]
