"""Hides what looks like a secret in a line of a file that is about to be shown.

A secret belongs into the files as a reference, but people do write passwords down.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["mask", "names_secret"]

MASK = "***"
_WORDS = (
    r"p[a-z]{0,4}w[a-z]{0,3}[dt]|passphrase|secret|token|sas"  # password, passwd, pwd, misspelt, too
    r"|(?:account|access|api|private)_?key|connection_?string"
)
_NAME = re.compile(rf"(?:.*[_-])?(?:{_WORDS})", re.IGNORECASE)
_PAIR = re.compile(
    rf"""(?<!\$\{{)(?<![\w-])["']?[\w-]*(?:{_WORDS})[\w-]*["']?\s*[:=]\s*"""
    r"""(?P<value>"(?:[^"\\]|\\.)*"?|'(?:[^']|'')*'?|\$\{[^}]*\}[^\s,}\]]*|[^\s,}\]]+)""",
    re.IGNORECASE,
)
_URL = re.compile(r"\w://[^\s:/@]*:(?P<value>[^\s@]+)(?=@)")
_REFERENCE = re.compile(r"""["']?\$\{(?:[A-Za-z_]\w*|secret:[^}]*)\}["']?""")


def names_secret(key: str) -> bool:
    """Does a key of this name hold a secret, as far as its name tells?"""
    return bool(_NAME.fullmatch(key))


def mask(line: str, column: int, width: int, hidden: Iterable[tuple[int, int]] = ()) -> tuple[str, int, int]:
    """The line without its secrets, and where a mark of ``width`` at ``column`` (from 1) is then.

    ``hidden``: (column, width) of secrets that are known; others are told by the names of their keys.
    """
    spans = _disjoint(
        [(start - 1, start - 1 + length) for start, length in hidden]
        + [match.span("value") for pattern in (_PAIR, _URL) for match in pattern.finditer(line)]
    )
    start, end = column - 1, column - 1 + width
    shown, at = "", 0
    marks = [start, end]
    for first, last in spans:
        if _REFERENCE.fullmatch(line[first:last]):
            continue
        shown += line[at:first] + MASK
        at = last
        for index, mark in enumerate((start, end)):
            if mark >= last:
                marks[index] += len(MASK) - (last - first)
            elif mark > first:
                marks[index] = len(shown) if index else len(shown) - len(MASK)
    return shown + line[at:], marks[0] + 1, max(1, marks[1] - marks[0])


def _disjoint(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first < joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
