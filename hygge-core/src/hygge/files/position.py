"""Where a home of files stands: every file that was read, by name, size and time of change."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping

from hygge.errors import Refused
from hygge.files.discovery import Content, Found

__all__ = ["Seen", "pack", "unpack"]

PLAIN = 4096  # characters; a longer list is compressed

Seen = Mapping[str, Content]  # by path below the root


def pack(files: Iterable[Found]) -> str:
    """The position after reading ``files``, as text; equal for equal lists."""
    listed = {one.path: _listed(one.content) for one in sorted(files, key=lambda one: one.path)}
    text = json.dumps(listed, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= PLAIN:
        return text
    return "z" + base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpack(position: str | None) -> Seen:
    """What `pack` wrote; nothing for None. Raises `Refused` for a position of another kind."""
    if position is None:
        return {}
    try:
        text = zlib.decompress(base64.b64decode(position[1:])).decode() if position[:1] == "z" else position
        return {path: _content(*listed) for path, listed in json.loads(text).items()}
    except (ValueError, AttributeError, TypeError, zlib.error) as error:
        raise Refused(
            "the committed position is no list of files",
            code="HYG407",
            remedy="Load it anew with `hygge run FLOW.ENTITY --full-drop`.",
        ) from error


def _listed(content: Content) -> list[int | str]:
    size, changed, version = content
    return [size, changed, version] if version else [size, changed]


def _content(size: int, changed: int, version: str = "") -> Content:
    return int(size), int(changed), version
