"""Where a home of files stands: every file that was read, by name, size and time of change.

A file that is away for a while is known when it comes back, and so is one whose root is written otherwise:
``base/orders`` instead of ``base``, say.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping

from hygge.errors import Refused
from hygge.files.discovery import Content, Found

__all__ = ["Seen", "pack", "unpack"]

PLAIN = 4096  # characters; a longer list is compressed
MOST_AWAY = 10_000  # files that are remembered although they are not there, those that changed last
ROOT = ""  # the key of the root's address, behind the files, which people look for; no path is empty

Seen = Mapping[str, Content]  # by path below the root


def pack(files: Iterable[Found], root: str, before: Seen) -> str:
    """The position after reading ``files`` below the address ``root``, as text; equal for equal lists.

    ``before`` is what was seen until then.
    """
    there = {one.path: one.content for one in files}
    away = sorted((path for path in before if path not in there), key=lambda path: before[path][1])
    known = {**{path: before[path] for path in away[-MOST_AWAY:]}, **there}
    listed = {path: _listed(known[path]) for path in sorted(known)}
    text = json.dumps({**listed, ROOT: root}, ensure_ascii=False, separators=(",", ":"))
    if len(text) <= PLAIN:
        return text
    return "z" + base64.b64encode(zlib.compress(text.encode(), 9)).decode("ascii")


def unpack(position: str | None, root: str) -> Seen:
    """What `pack` wrote, by paths below ``root``; nothing for None.

    Raises `Refused` for a position of another kind.
    """
    if position is None:
        return {}
    try:
        text = zlib.decompress(base64.b64decode(position[1:])).decode() if position[:1] == "z" else position
        told = json.loads(text)
        before = told.pop(ROOT, root)
        return {_below(root, before, path): _content(*listed) for path, listed in told.items()}
    except (ValueError, AttributeError, TypeError, zlib.error) as error:
        raise Refused(
            "the committed position is no list of files",
            code="HYG407",
            remedy="Load it anew with `hygge run FLOW.ENTITY --full-drop`.",
        ) from error


def _below(root: str, before: str, path: str) -> str:
    """A path below the root of ``before`` as one below ``root``, if one of the two lies in the other.

    Else it stays as it is: the files may have been moved with their root. What lay outside a narrower root
    is known by its address.
    """
    if "://" in path:
        return path.removeprefix(f"{root}/")
    if before.startswith(f"{root}/"):
        return f"{before.removeprefix(f'{root}/')}/{path}"
    return f"{before}/{path}".removeprefix(f"{root}/") if root.startswith(f"{before}/") else path


def _listed(content: Content) -> list[int | str]:
    size, changed, version = content
    return [size, changed, version] if version else [size, changed]


def _content(size: int, changed: int, version: str = "") -> Content:
    return int(size), int(changed), version
