"""Lines that tell whether they are whole: a checksum, a number and a JSON document each."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from hygge.errors import JournalDamaged

__all__ = ["FORMAT", "damaged", "line", "lines", "newer", "whole_end"]

FORMAT = 1
_ASIDE = (
    "Restore the journal's folder from a backup, or move that folder away: what landed is then read back "
    "from the receipts beside the data."
)


def line(number: int, document: bytes) -> bytes:
    """One line; ``document`` is JSON without line breaks."""
    content = b"%d %s" % (number, document)
    return b"%08x %s\n" % (zlib.crc32(content), content)


def whole_end(data: bytes) -> int:
    """The offset behind the last whole line; what follows is what a crash left of a group.

    Nobody was told that such a group is safe. A power cut may leave zeros in its place.
    """
    return data.rfind(b"\n") + 1


def lines(data: bytes, place: str, first: int = 0, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    """The documents of the whole lines in ``data``, each with the offset in the file behind it.

    ``data`` begins at ``offset`` of the file with line ``first``. Each line must be whole and in
    order, or `JournalDamaged` is raised.
    """
    at = offset
    for number, text in enumerate(data[: whole_end(data)].split(b"\n")[:-1], first):
        document = _checked(text, number, at, place)
        at += len(text) + 1
        yield at, document


def _checked(text: bytes, number: int, at: int, place: str) -> bytes:
    checksum, _, content = text.partition(b" ")
    found, _, document = content.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content):
        raise damaged(place, f"line {number + 1}, at byte {at}, does not match its checksum")
    if found != b"%d" % number:
        there = found.decode("ascii", "replace")
        raise damaged(place, f"line {number + 1}, at byte {at}, is numbered {there} instead of {number}")
    return document


def damaged(place: str, how: str, remedy: str = _ASIDE) -> JournalDamaged:
    """The error that names a journal file; nothing is read past it."""
    return JournalDamaged(f"journal file {place} is damaged or not hygge's: {how}", remedy=remedy)


def newer(place: str, found: object) -> JournalDamaged:
    """The error for a file in a format that this version does not know."""
    return damaged(
        place,
        f"it has format {found}, this version reads {FORMAT}",
        "Run the version of hygge that wrote it, or a newer one.",
    )
