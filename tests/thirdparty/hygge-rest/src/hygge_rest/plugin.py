"""What hygge-rest offers. Read at every start of hygge: it imports nothing but hygge."""

from hygge import HomeCapabilities, HomeType, StoreCapabilities, StoreType, hookimpl


@hookimpl
def hygge_homes() -> list[HomeType]:
    return [
        HomeType(
            name="rest",
            factory="hygge_rest.home:RestHome",
            config_schema="hygge_rest:rest.schema.json",
            summary="tables behind a REST API, page by page",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True),
        ),
        HomeType(
            name="rest_log",
            factory="hygge_rest.log:LogHome",
            config_schema="hygge_rest:rest.schema.json",
            summary="messages of a log behind a REST API, by offset",
            capabilities=HomeCapabilities(positions=True, stable_splits=True),
        ),
    ]


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [
        StoreType(
            name="rest",
            factory="hygge_rest.store:RestStore",
            config_schema="hygge_rest:rest.schema.json",
            summary="tables behind a REST API that commits",
            capabilities=StoreCapabilities(modes=frozenset({"replace", "append"})),
            remote=True,
        )
    ]
