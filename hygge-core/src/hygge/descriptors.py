"""What a plugin's descriptors must look like before any of them is published."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from hygge.capabilities import HomeCapabilities, StoreCapabilities
from hygge.errors import MissingConnector
from hygge.hookspecs import API_VERSION, HomeType, JournalType, StoreType

__all__ = ["Descriptor", "check_descriptors", "role"]

Descriptor: TypeAlias = HomeType | StoreType | JournalType

NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
FACTORY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
SCHEMA = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[\w.-]+\.schema\.json")
CAPABILITIES = {HomeType: HomeCapabilities, StoreType: StoreCapabilities}


def role(descriptor: Descriptor) -> str:
    """The role that the type plays: "home", "store" or "journal"."""
    return {HomeType: "home", StoreType: "store", JournalType: "journal"}[type(descriptor)]


def check_descriptors(descriptors: Sequence[Descriptor]) -> None:
    """Raise `MissingConnector` for the first descriptor that hygge cannot use."""
    seen: set[tuple[str, str]] = set()
    for descriptor in descriptors:
        _check_api(descriptor)
        _check_fields(descriptor)
        key = (role(descriptor), descriptor.name)
        if key in seen:
            raise _refused(descriptor, "name", "stands twice in this plugin")
        seen.add(key)


def _check_api(descriptor: Descriptor) -> None:
    if descriptor.api != API_VERSION:
        raise MissingConnector(
            f"{role(descriptor)} type {descriptor.name!r} was written for API version {descriptor.api!r},"
            f" this hygge-core has {API_VERSION}",
            code="HYG205",
            remedy="Upgrade the older of the two: hygge-core or the connector.",
        )


def _check_fields(descriptor: Descriptor) -> None:
    _match(descriptor, "name", NAME, "must be lower-case letters, digits and _")
    _match(descriptor, "factory", FACTORY, 'must look like "package.module:Class"')
    if not isinstance(descriptor.summary, str) or not descriptor.summary.strip():
        raise _refused(descriptor, "summary", "must be a line of text")
    if isinstance(descriptor, JournalType):
        return
    _match(descriptor, "config_schema", SCHEMA, 'must look like "package:file.schema.json"')
    if isinstance(descriptor, StoreType) and descriptor.journal:
        _match(descriptor, "journal", NAME, "must be the name of a journal type")
    if not isinstance(descriptor.capabilities, CAPABILITIES[type(descriptor)]):
        raise _refused(descriptor, "capabilities", f"must be {CAPABILITIES[type(descriptor)].__name__}(...)")


def _match(descriptor: Descriptor, field: str, pattern: re.Pattern[str], rule: str) -> None:
    value = getattr(descriptor, field)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise _refused(descriptor, field, rule)


def _refused(descriptor: Descriptor, field: str, rule: str) -> MissingConnector:
    return MissingConnector(
        f"{role(descriptor)} type {descriptor.name!r}: {field} {rule}, it is {getattr(descriptor, field)!r}",
        code="HYG202",
        remedy="Its author corrects the descriptor.",
    )
