"""Written for another version of the hooks."""

from hygge import StoreType, hookimpl
from hygge_broken.stores import store


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [store("ancient", api=99)]
