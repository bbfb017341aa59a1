"""The one placeholder of configured names, ``{entity}``, filled so that a name stays data."""

from __future__ import annotations

from pathlib import PurePosixPath

from hygge.errors import ConfigurationError

__all__ = ["ENTITY", "fill_name", "fill_path", "static_root"]

ENTITY = "{entity}"


def fill_name(template: str, entity: str) -> str:
    """``template`` with the entity's name in it, for one identifier; quoting is the caller's."""
    return template.replace(ENTITY, entity)


def fill_path(template: str, entity: str) -> str:
    """``template`` with the entity's name in it, for a path; the name cannot leave its segment.

    Raises `ConfigurationError` for a name that is no plain path segment.
    """
    if ENTITY in template:
        _refuse_unusable(entity)
    return template.replace(ENTITY, entity)


def static_root(template: str) -> str:
    """The longest leading folder of ``template`` that holds no placeholder."""
    parts: list[str] = []
    for part in PurePosixPath(template).parts:
        if ENTITY in part:
            break
        parts.append(part)
    return str(PurePosixPath(*parts)) if parts else "."


def _refuse_unusable(entity: str) -> None:
    bad = (
        "is empty"
        if not entity.strip()
        else "holds a path separator"
        if "/" in entity or "\\" in entity
        else "holds a control character"
        if any(ord(c) < 32 or ord(c) == 127 for c in entity)
        else "starts with '.' or '_', which readers skip"
        if entity[0] in "._"
        else "is longer than 255 bytes"
        if len(entity.encode("utf-8", "replace")) > 255
        else ""
    )
    if bad:
        raise ConfigurationError(
            f"entity name {entity!r} {bad} and cannot name a folder or file",
            code="HYG113",
            remedy="Give the entity another name and the source's name in home.table; where a glob "
            f'matched it, leave it out: "!{entity}".',
        )
