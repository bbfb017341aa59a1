"""What the reference connector offers; imports nothing but hygge."""

from __future__ import annotations

from dataclasses import replace

from hygge import HomeCapabilities, HomeType, StoreCapabilities, StoreType, hookimpl

PROMISES = StoreCapabilities(
    modes=frozenset({"replace", "append", "upsert"}),
    add_columns=True,
    widen_types=True,
    read_back=True,
    deletes=True,
    identifier_limit=64,
)


@hookimpl
def hygge_homes() -> list[HomeType]:
    return [
        HomeType(
            name=name,
            factory=f"hygge_reference.{module}:{name.capitalize()}Home",
            config_schema=f"hygge_reference:{name}.schema.json",
            summary=summary,
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        )
        for name, module, summary in (
            ("reference", "home", "tables as objects of a folder"),
            ("remote", "remote", "tables as objects behind a service"),
        )
    ]


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [
        StoreType(
            name="transient",
            factory="hygge_reference.store:TransientStore",
            config_schema="hygge_reference:reference.schema.json",
            summary="tables as objects of a folder, staged in memory, their columns fixed",
            capabilities=replace(PROMISES, staging="transient", add_columns=False),
        ),
        *(
            StoreType(
                name=name,
                factory=f"hygge_reference.{module}:{name.capitalize()}Store",
                config_schema=f"hygge_reference:{name}.schema.json",
                summary=summary,
                capabilities=PROMISES,
            )
            for name, module, summary in (
                ("reference", "store", "tables as objects of a folder"),
                ("remote", "remote", "tables as objects behind a service"),
            )
        ),
    ]
