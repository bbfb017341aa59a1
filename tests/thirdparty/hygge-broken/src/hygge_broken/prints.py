"""Talks where commands give their results; its type is all right until somebody opens it."""

from hygge import StoreType, hookimpl
from hygge_broken.stores import store

print("welcome to hygge-broken")


@hookimpl
def hygge_stores() -> list[StoreType]:
    return [store("chatty")]
