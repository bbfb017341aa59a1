"""Numbers of text files that a float would change, where nobody has declared the type.

Arrow's parsers read a number as the nearest float. What that may have changed shows in the floats that came
of it (`is_doubtful`) and in a look at the whole text (`has_long_numbers`), both of which cost little; only
then each text is compared (`refuse_rounded`).
"""

from __future__ import annotations

import math
from collections.abc import Container
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from hygge.files.blocks import matches
from hygge.files.text import parsed

__all__ = ["guessed_floats", "has_long_numbers", "is_doubtful", "refuse_rounded"]

_INSIDE = "|".join(rf"[1-9][0-9]{{{n}}}\.[0-9]{{{17 - n}}}" for n in range(17))  # where the point may stand
_LONG = rf"{_INSIDE}|0?\.0*[1-9][0-9]{{17}}|[1-9][0-9]{{17}}[eE]"  # 18 digits and more
_TINY = r"[0-9.]+[eE]-(?:[3-9][0-9]{2}|[0-9]{4})|0?\.0{300}"


def guessed_floats(schema: pa.Schema, declared: Container[str]) -> list[str]:
    """The columns that hold floats, also within their values, and whose type nobody declared."""
    return [field.name for field in schema if field.name not in declared and _holds_floats(field.type)]


def _holds_floats(kind: pa.DataType) -> bool:
    if pa.types.is_nested(kind):
        return any(_holds_floats(kind.field(n).type) for n in range(kind.num_fields))
    return bool(pa.types.is_floating(kind))


def is_doubtful(values: pa.ChunkedArray) -> bool:
    """Whether there are floats so great that an integer among their texts may have been rounded."""
    kind = values.type
    if pa.types.is_struct(kind):
        return any(is_doubtful(pc.struct_field(values, [n])) for n in range(kind.num_fields))
    if pa.types.is_list(kind):
        return is_doubtful(pc.list_flatten(values))
    if not pa.types.is_floating(kind):
        return False
    limit = 2.0**53 if pa.types.is_float64(kind) else 2.0**24
    ends = pc.min_max(values).as_py()
    return any(end is not None and not -limit < end < limit for end in ends.values())


def has_long_numbers(block: bytes, before: str) -> bool:
    """Whether the text holds a number of more than 17 digits, or so small that it may be none to a float.

    ``before``: a regular expression for what has to stand in front of it. Integers are not looked at:
    where they are too great, `is_doubtful` sees the floats that they became.
    """
    return matches(block, rf"(?:{before})\s*-?(?:{_LONG}|{_TINY})")


def refuse_rounded(texts: pa.Array, kind: pa.DataType) -> None:
    """Raise `pa.ArrowInvalid` if one of the texts is a number that the float type ``kind`` would change.

    Up to 17 digits are how floats are written, and the nearest one is meant; where there are more, or the
    number is an integer too great, the float must have them all.
    """
    if not pa.types.is_floating(kind):
        return
    if pa.types.is_float16(kind):  # nobody takes a text for one unless told so
        return
    values = parsed(texts, kind)
    great = pc.greater_equal(pc.abs(values), 2.0 ** (53 if pa.types.is_float64(kind) else 24))
    long = pc.match_substring_regex(texts, f"{_LONG}|{_TINY}")
    suspects = pc.fill_null(pc.and_(pc.or_(great, long), pc.match_substring_regex(texts, "[0-9]")), False)
    found = zip(texts.filter(suspects).to_pylist(), values.filter(suspects).to_pylist(), strict=True)
    for text, value in found:
        if not _holds(value, text.strip()):
            raise pa.ArrowInvalid(f"a number of {len(text)} characters is no {kind}")


def _holds(value: float, text: str) -> bool:
    """Whether the float is the integer; or, written with as many digits as the number has, is that."""
    if not math.isfinite(value):
        return False
    if text.lstrip("-").isdecimal():
        return int(text) == int(value)
    try:
        number = Decimal(text)
    except ArithmeticError:  # an exponent of twenty digits
        return False
    digits = "".join(map(str, number.as_tuple().digits)).strip("0")
    return Decimal(f"{value:.{max(len(digits), 1) - 1}e}") == number
