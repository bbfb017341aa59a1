"""Offers a hook that nobody asks for."""

from hygge import StoreType, hookimpl
from hygge_broken.stores import store


@hookimpl
def hygge_store() -> list[StoreType]:
    return [store("misspelt")]
