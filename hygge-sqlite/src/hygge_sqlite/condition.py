"""A flow's ``where``, looked at before it is used: it has to stand alone, and to name what is there.

SQLite takes a name in double quotes that it does not know for a text (a fallback that its developers
regret: https://sqlite.org/quirks.html, section 8), so a misspelt column would silently match nothing.
"""

from __future__ import annotations

import difflib
import re
import sqlite3
from collections.abc import Iterator

from hygge.errors import DataError
from hygge_sqlite.catalogue import Source

__all__ = ["check_condition"]

_TOKENS = re.compile(
    r"""'(?:[^']|'')*' | --[^\n]* | /\*.*?(?:\*/|\Z)
    | \[[^\]]*\] | `(?:[^`]|``)*` | "(?P<name>(?:[^"]|"")*)" """,
    re.DOTALL | re.VERBOSE,
)


def check_condition(connection: sqlite3.Connection, source: Source, where: str) -> None:
    """Raise `DataError` HYG302 for a condition that is more or less than one over the source's columns."""
    try:
        connection.execute(f"EXPLAIN SELECT 1 FROM {source.sql} WHERE {where}\nLIMIT 0")
        connection.execute(f"EXPLAIN SELECT 1 FROM {source.sql} WHERE (\n{where}\n)")
    except sqlite3.Error as error:
        unfinished = 'near "LIMIT"' in str(error) and "limit" not in where.lower()
        why = "it is not finished" if unfinished else str(error)
        raise _wrong(where, why, f"The columns are: {', '.join(source.declarations)}.") from error
    if re.search(r"\bselect\b", where, re.IGNORECASE):
        return  # a subquery has columns of its own
    known = {name.casefold() for name in source.declarations} | {source.label.casefold(), "rowid", "query"}
    for name in _quoted_names(where):
        if name.casefold() not in known:
            close = difflib.get_close_matches(name, source.declarations, n=1)
            raise _wrong(
                where,
                f'there is no column "{name}"',
                f"Did you mean {close[0]!r}?"
                if close
                else f"If it is a text, write '{name}' in single quotes.",
            )


def _quoted_names(where: str) -> Iterator[str]:
    for match in _TOKENS.finditer(where):
        if match["name"] is not None:
            yield match["name"].replace('""', '"')


def _wrong(where: str, why: str, remedy: str) -> DataError:
    return DataError(f"where: {where!r} is no condition here: {why}", code="HYG302", remedy=remedy)
