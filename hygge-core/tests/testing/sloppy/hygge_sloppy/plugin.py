"""Imports what it does not need yet, talks, promises what its class does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa  # the fault: it takes half a second, and every command pays
from hygge_reference.plugin import PROMISES

from hygge import StoreType, hookimpl

print("sloppy, at your service, with pyarrow", pa.__version__)


@hookimpl
def hygge_stores() -> Sequence[StoreType]:
    return [
        StoreType(
            name="sloppy",
            factory="hygge_sloppy.store:SloppyStore",
            config_schema="hygge_sloppy:sloppy.schema.json",
            summary="a store\nof two lines",
            capabilities=replace(PROMISES, modes=frozenset({"append"})),
        )
    ]
