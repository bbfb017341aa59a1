"""Wants the name of a type that hygge has itself."""

from hygge import StoreType, hookimpl
from hygge_broken.stores import store


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [store("parquet")]
