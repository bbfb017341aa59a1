"""Hides what looks like a secret in a line of a file that is about to be shown.

A secret belongs into the files as a reference, but people do write passwords down.
"""

from __future__ import annotations

import re

__all__ = ["mask", "names_secret"]

MASK = "***"
_WORDS = (
    r"passw(?:or)?d|passwd|passphrase|pwd|secret|token|sas"
    r"|(?:account|access|api|private)_?key|connection_?string"
)
_NAME = re.compile(rf"(?:.*[_-])?(?:{_WORDS})", re.IGNORECASE)
_PAIR = re.compile(
    rf"""(?P<key>["']?[\w-]*(?:{_WORDS})[\w-]*["']?\s*[:=]\s*)"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|\$\{[^}]*\}[^\s,}\]]*|[^\s,}\]]+)""",
    re.IGNORECASE,
)
_URL = re.compile(r"(?P<key>\w://[^\s:/@]*:)(?P<value>[^\s@]+)(?=@)")
_REFERENCE = re.compile(r"""["']?\$\{(?:[A-Za-z_]\w*|secret:[^}]*)\}["']?""")


def names_secret(key: str) -> bool:
    """Does a key of this name hold a secret, as far as its name tells?"""
    return bool(_NAME.fullmatch(key))


def mask(line: str, column: int) -> tuple[str, int]:
    """The line without what looks like a secret, and where ``column`` (from 1) is in it then."""
    for pattern in (_PAIR, _URL):
        match = pattern.search(line)
        while match:
            start, end = match.span("value")
            if _REFERENCE.fullmatch(match["value"]) or match["value"] == MASK:
                match = pattern.search(line, end)
                continue
            line = line[:start] + MASK + line[end:]
            if column - 1 >= end:
                column += len(MASK) - (end - start)
            elif column - 1 > start:
                column = start + 1
            match = pattern.search(line, start + len(MASK))
    return line, column
