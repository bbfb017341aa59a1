"""Descriptors of the toys."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, hookimpl


@hookimpl
def hygge_homes() -> list[HomeType]:
    return [
        HomeType(
            name="scripted",
            factory="hygge_toys.home:ScriptedHome",
            config_schema="hygge_toys:home.schema.json",
            summary="rows of a table in memory, with faults on demand",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        )
    ]
