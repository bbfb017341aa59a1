"""What hygge-adls offers; imports nothing but hygge."""

from __future__ import annotations

from hygge import HomeCapabilities, HomeType, JournalType, StoreCapabilities, StoreType, hookimpl

__all__ = ["hygge_homes", "hygge_journals", "hygge_stores"]


@hookimpl
def hygge_homes() -> list[HomeType]:
    """The home ``type: adls``."""
    return [
        HomeType(
            name="adls",
            factory="hygge_adls.home:AdlsHome",
            config_schema="hygge_adls:home.schema.json",
            summary="Parquet, CSV and NDJSON files on ADLS Gen2",
            capabilities=HomeCapabilities(incremental=True, stable_splits=True, positions=True),
        )
    ]


@hookimpl
def hygge_stores() -> list[StoreType]:
    """The store ``type: adls``."""
    return [
        StoreType(
            name="adls",
            factory="hygge_adls.store:AdlsStore",
            config_schema="hygge_adls:store.schema.json",
            summary="folders of Parquet, CSV or NDJSON files on ADLS Gen2",
            capabilities=StoreCapabilities(
                modes=frozenset({"replace", "append"}),
                atomicity="split",
                absent_while_replacing=True,
                exclusive="target",
                staging="durable",
                parallel_staging=True,
                read_back=True,
            ),
            journal="adls",
            remote=True,
        )
    ]


@hookimpl
def hygge_journals() -> list[JournalType]:
    """The journal beside the data of such a store."""
    return [
        JournalType(
            name="adls",
            factory="hygge_adls.journal:AdlsJournal",
            summary=".hygge_journal/ on ADLS Gen2, beside the data of a store",
        )
    ]
