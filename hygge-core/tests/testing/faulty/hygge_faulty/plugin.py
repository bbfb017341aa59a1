"""Registers the faulty stores; each promises what the store of Parquet files promises."""

from __future__ import annotations

from collections.abc import Sequence

from hygge import StoreType, hookimpl
from hygge.capabilities import StoreCapabilities

FAULTS = ("Peeking", "Doubling", "Baseless", "Undoing", "Leaky", "Trusting", "Emptying", "Forgetful")


@hookimpl
def hygge_stores() -> Sequence[StoreType]:
    return [
        StoreType(
            name=fault.lower(),
            factory=f"hygge_faulty.stores:{fault}",
            config_schema="hygge.files:parquet_store.schema.json",
            summary="breaks one law",
            capabilities=StoreCapabilities(modes=frozenset({"replace", "append"}), atomicity="split"),
        )
        for fault in FAULTS
    ]
