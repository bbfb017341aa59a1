"""What errors must be and must not tell: secrets are found also when they were encoded on the way."""

from __future__ import annotations

import base64
import html
import json
import pickle
import traceback
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from hygge.errors import HyggeError

__all__ = ["assert_sendable", "assert_untold", "said"]


def assert_untold(secrets: Sequence[str], texts: Iterable[str | bytes]) -> None:
    """Raise `AssertionError` for the first text that tells one of the secrets, in whatever form."""
    for text in texts:
        shown = text.decode(errors="replace") if isinstance(text, bytes) else text
        for secret in secrets:
            told = [form for form in _forms(secret) if form in shown]
            assert not told, f"a secret is told, as {told[0]!r}, in: {shown[:2000]}"


def assert_sendable(error: HyggeError) -> None:
    """Raise `AssertionError` if the error does not survive the way from a worker to the driver."""
    copy = pickle.loads(pickle.dumps(error))
    before, after = (
        (type(one), str(one), one.message, one.code, one.remedy, one.details) for one in (error, copy)
    )
    assert after == before, f"sent to another process, {before} became {after}"


def said(error: BaseException) -> str:
    """All that an error can come to tell: its texts, its facts, and those of its causes."""
    facts = getattr(error, "details", {})
    return "".join([*traceback.format_exception(error), repr(error), str(facts)])


def _forms(secret: str) -> Iterator[str]:
    yield from {secret, quote(secret), quote(secret, safe=""), quote_plus(secret)}
    yield from {json.dumps(secret)[1:-1], html.escape(secret)}
    for before in ("", "x", "xx"):  # base64 of a text that the secret is a part of
        whole = base64.b64encode(f"{before}{secret}".encode()).decode()
        yield whole[4 if before else 0 : len(whole) // 4 * 4 - 4]
