"""Lines that tell whether they are whole: a checksum, a number and a JSON document each."""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Iterator
from typing import Any

from hygge.errors import JournalDamaged

__all__ = ["FORMAT", "line", "lines"]

FORMAT = 1
log = logging.getLogger("hygge")


def line(number: int, document: bytes) -> bytes:
    """One line; ``document`` is JSON without line breaks."""
    content = b"%d %s" % (number, document)
    return b"%08x %s\n" % (zlib.crc32(content), content)


def lines(data: bytes, place: str, first: int = 0) -> Iterator[tuple[int, bytes]]:
    """The documents of the whole lines in ``data``, each with the offset behind it.

    What follows the last line break is what a crash left of a group that nobody was told is safe: it
    is passed over. Everything before it must be whole and in order, or `JournalDamaged` is raised.
    """
    end = data.rfind(b"\n") + 1
    if data[end:].strip(b"\0"):
        log.warning("%s: an unfinished line at its end, left by a crash, is passed over", place)
    at = 0
    for number, text in enumerate(data[:end].split(b"\n")[:-1], first):
        at += len(text) + 1
        yield at, _checked(text, number, place)


def _checked(text: bytes, number: int, place: str) -> bytes:
    checksum, _, content = text.partition(b" ")
    found, _, document = content.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(content):
        raise damaged(place, f"line {number + 1} does not match its checksum")
    if found != b"%d" % number:
        raise damaged(place, f"line {number + 1} is numbered {found.decode('ascii', 'replace')}")
    return document


def parsed(document: bytes, place: str) -> Any:
    """The JSON document of a line; the checksum was right, so a failure means a foreign file."""
    try:
        return json.loads(document)
    except ValueError as error:
        raise damaged(place, f"holds no JSON: {error}") from error


def damaged(place: str, how: str) -> JournalDamaged:
    """The error that names a journal file; nothing is read past it."""
    return JournalDamaged(
        f"journal file {place} is damaged or not hygge's: {how}",
        remedy="Restore it from a backup, or move it away: what landed is then read back from the "
        "receipts beside the data.",
    )
