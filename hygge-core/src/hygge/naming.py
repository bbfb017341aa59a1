"""Column names by rule: how they are written, and what stays of their characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from typing import Literal

__all__ = ["Case", "numbered", "renamed", "repeated"]

Case = Literal["keep", "snake", "camel", "pascal"]


def renamed(name: str, case: Case, *, only_letters: bool) -> str:
    """The name under the rules; empty where no letter or digit is left.

    Letters and digits are those of any script, with the marks that belong to them. A word begins
    after any other character, at a capital behind a small letter or digit, and at the last capital
    of a row before a small letter: "HTTPServer2Name" is http, server2, name.
    """
    text = unicodedata.normalize("NFC", name)
    if case == "keep":
        return re.sub(r"_+", "_", _spaced(text)).strip("_") if only_letters else text
    words = _words(text, keep=not only_letters)
    if case == "snake":
        return "_".join(word.lower() for word in words)
    first, rest = words[:1], words[1:]
    capitals = [_capitalised(word) for word in rest]
    head = [_capitalised(word) if case == "pascal" else word.lower() for word in first]
    return "".join([*head, *capitals])


def repeated(names: Sequence[str]) -> dict[str, list[int]]:
    """Names that stand more than once, each with its places."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        places.setdefault(name, []).append(place)
    return {name: found for name, found in places.items() if len(found) > 1}


def numbered(names: Sequence[str], kept: Container[int] = (), taken: Iterable[str] = ()) -> list[str]:
    """The names, each made unique: the second ``id`` becomes ``id_2``, or the next number that is free.

    Those at the places ``kept`` stay, and no other gets a name that is ``taken``.
    """
    result: list[str] = []
    seen = {*taken, *(name for place, name in enumerate(names) if place in kept)}
    taken = set(names)
    for place, name in enumerate(names):
        if place in kept:
            result.append(name)
            continue
        found, number = name, 2
        while found in seen or (found != name and found in taken):
            found, number = f"{name}_{number}", number + 1
        seen.add(found)
        result.append(found)
    return result


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:].lower()


def _belongs(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM"


def _spaced(text: str) -> str:
    return "".join(c if _belongs(c) else "_" for c in text)


def _words(text: str, *, keep: bool) -> list[str]:
    """The words of a name; ``keep``: special characters other than spaces, _, - and . stay in them."""
    separators = " _-.\t" if keep else None
    words: list[str] = []
    word = ""
    for place, character in enumerate(text):
        apart = character in separators if separators else not _belongs(character)
        if apart or (word and _begins(text, place)):
            words += [word] if word else []
            word = ""
        word += "" if apart else character
    return [*words, word] if word else words


def _begins(text: str, place: int) -> bool:
    """Whether a capital at ``place`` begins a word; one that has no small form never does."""
    if not text[place].isupper() or text[place].lower() == text[place]:
        return False
    before, after = text[place - 1], text[place + 1 : place + 2]
    return before.islower() or before.isdigit() or (before.isupper() and after.islower())
