"""A filter over files: an SQL condition, evaluated by polars to a mask; the rows themselves stay Arrow."""

from __future__ import annotations

import re

import pyarrow as pa

from hygge.errors import DataError
from hygge.unexpected import interrupts

__all__ = ["Condition"]

# texts, names in quotes, comments, words: enough to tell what a condition speaks of
_TOKEN = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|--[^\n]*|/\*.*?\*/|[^\W\d]\w*""", re.DOTALL)
# What looks at several rows would say something else of each batch.
_CLAUSES = frozenset({"explode", "over", "select", "unnest"})
_AGGREGATES = re.compile(
    "array_agg|avg|bit_(and|or|xor)|corr|count|covar(_pop|_samp)?|first|last|max|median|min"
    "|quantile_(cont|disc)|(std|stdev|stddev|var)(_pop|_samp)?|string_agg|sum|variance",
    re.IGNORECASE,
)
# Of a null polars makes a null of these, which NOT leaves a null; what means the same to both
_TRUTH = re.compile(r"\bis\s+(?:(not)\s+)?(true|false|unknown)\b", re.IGNORECASE)
_INSTEAD = {
    "is true": "(x = true AND x IS NOT NULL)",
    "is false": "(x = false AND x IS NOT NULL)",
    "is unknown": "x IS NULL",
    "is not true": "(x = false OR x IS NULL)",
    "is not false": "(x = true OR x IS NULL)",
    "is not unknown": "x IS NOT NULL",
}
_OF_NULLS = re.compile(
    r"\b(?:not|case|xor|null|distinct)\b|\b(?!(?:and|or|in)\b)[a-z_]\w*\s*\(|[=<>]\s*\(", re.IGNORECASE
)
_COMPARED = re.compile(r"[\s)]*(?:[=<>!]|is\b)", re.IGNORECASE)
# Polars compares with all that follows, `AND` and further conditions included.
_DISTINCT = re.compile(r"\bis\s+(not\s+)?distinct\s+from\b", re.IGNORECASE)
_BRANCH = re.compile(r"\b(?:when|then|else|end)\b", re.IGNORECASE)  # which ends what is compared with
_FURTHER = re.compile(r"\b(and|case|or|xor|is|in|between|like|ilike)\b|[=<>]", re.IGNORECASE)


class Condition:
    """One condition in polars' SQL; a row belongs where it is true, not where it is null.

    ``columns`` are the columns it needs. Raises `DataError` HYG302 for what is no condition over the
    single rows of the schema.
    """

    def __init__(self, text: str, schema: pa.Schema) -> None:
        names, across = _spoken_of(text)
        if across:
            raise _wrong(text, f"{across!r} looks at several rows, and a condition sees one", schema)
        _refuse_otherwise(text)
        self.columns = tuple(name for name in schema.names if name in names)
        self._text = text
        for name in self.columns:
            _refuse_wide(text, schema.field(name))
        self.mask(pa.RecordBatch.from_pylist([], schema=schema))

    def mask(self, batch: pa.RecordBatch) -> pa.Array:
        """For each row whether it belongs; `DataError` HYG302 where that cannot be told."""
        from polars.exceptions import ColumnNotFoundError, PolarsError  # a tenth of a second, for filters

        try:
            return self._evaluated(batch)
        except ColumnNotFoundError as error:  # of which versions of polars say more or less
            named = re.search(r'column "(.*?)"', str(error))
            name = named[1] if named else str(error).split("\n")[0]
            raise _wrong(self._text, f"there is no column {name!r}", batch.schema) from _bare(error)
        except (PolarsError, pa.ArrowException, TypeError, ValueError) as error:
            raise _wrong(self._text, str(error).split("\n")[0], batch.schema) from _bare(error)
        except BaseException as error:  # a panic of polars
            if isinstance(error, Exception) or interrupts(error):
                raise
            raise _wrong(self._text, str(error).split("\n")[0], batch.schema) from _bare(error)

    def _evaluated(self, batch: pa.RecordBatch) -> pa.Array:
        import polars as pl

        frame = pl.DataFrame(
            [pl.Series(name, pl.from_arrow(batch.column(name))) for name in self.columns]
            or [pl.Series("", [0] * batch.num_rows)]
        )
        found = frame.sql(f"SELECT (\n{self._text}\n) AS mask FROM self")
        kinds = {name: kind == pl.Boolean for name, kind in found.schema.items()}
        if kinds != {"mask": True} or found.height != batch.num_rows:
            raise ValueError("it is not true or false for each row")
        mask: pa.Array = found["mask"].fill_null(value=False).to_arrow()
        return mask


def _bare(error: BaseException) -> BaseException:
    """The error without its frames: they hold polars' context, which polars up to 1.30 wants to be
    dropped by the thread that made it."""
    return error.with_traceback(None)


def _spoken_of(text: str) -> tuple[frozenset[str], str]:
    """All that could be a column's name, and what looks at more than one row, if anything does."""
    names, across = set(), ""
    for found in _TOKEN.finditer(text):
        token = found[0]
        if token[0] in "'-/":
            continue
        if token[0] in '"`':
            names.add(token[1:-1].replace(token[0] * 2, token[0]))
            continue
        names.add(token)
        called = text[found.end() :].lstrip().startswith("(")
        if token.lower() in _CLAUSES or (called and _AGGREGATES.fullmatch(token)):
            across = token
    return frozenset(names), across


def _refuse_otherwise(text: str) -> None:
    """Polars reads it, and keeps other rows than SQL does."""
    words = _TOKEN.sub(_blanked, text)
    for found in _TRUTH.finditer(words):
        if not found[1] and found[2].lower() != "unknown" and not _null_counts(words, found):
            continue  # a row is left out for a null as for a false
        raise _otherwise(text, found[0], _INSTEAD[" ".join(found[0].lower().split())])
    for found in _DISTINCT.finditer(words):
        follows = _BRANCH.split(_same_depth(words[found.end() :]), maxsplit=1)[0]
        if _FURTHER.search(follows):
            negated = "NOT " if found[1] else ""
            raise _otherwise(text, f"what follows {found[0]}", f"(x IS {negated}DISTINCT FROM y)")


def _null_counts(words: str, found: re.Match[str]) -> bool:
    """Whether something that takes a null otherwise than a false may be made of what was found."""
    before, behind = words[: found.start()], words[found.end() :]
    return bool(_OF_NULLS.search(f"{before} {behind}") or _COMPARED.match(behind))


def _blanked(token: re.Match[str]) -> str:
    """A word is left as it is; of texts and names in quotes the quotes are left, of comments nothing."""
    first = token[0][0]
    return " " if first in "-/" else first * 2 if first in "'\"`" else token[0]


def _same_depth(text: str) -> str:
    """The text up to the bracket that closes around it, without what is in brackets of its own."""
    depth, kept = 0, ""
    for character in text:
        depth -= character == ")"
        if depth < 0:
            break
        kept += character if depth == 0 else ""
        depth += character == "("
    return kept


def _otherwise(text: str, what: str, instead: str) -> DataError:
    what = " ".join(what.split())
    return DataError(
        f"where cannot be evaluated: {text!r}: {what} would be evaluated otherwise than in SQL",
        code="HYG302",
        remedy=f"Write `{instead}` instead, which means the same.",
    )


def _refuse_wide(text: str, column: pa.Field) -> None:
    """Polars panics at decimals of 256 bits, and prints that it does."""
    if "decimal256(" in str(column.type):
        raise DataError(
            f"where cannot be evaluated: {text!r}: {column.name} is {column.type}, more than the 38 digits "
            "that are compared",
            code="HYG302",
            remedy=f"Leave {column.name} out of the condition.",
        )


def _wrong(text: str, why: str, schema: pa.Schema) -> DataError:
    return DataError(
        f"where cannot be evaluated: {text!r}: {why}",
        code="HYG302",
        remedy=f"Write a condition in SQL over the columns: {', '.join(schema.names)}.",
    )
