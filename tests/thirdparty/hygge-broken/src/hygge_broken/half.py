"""One of its two types is wrong: neither is offered."""

from hygge import StoreType, hookimpl
from hygge_broken.stores import store


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [store("whole"), store("Half a name")]
