"""Secrets: references in a configuration, resolved where they are used and never shown.

``${secret:provider:name}`` stays in configurations, jobs and journals; a connector calls `resolve`
when it opens its connection. Every value that was resolved in this process is remembered, so
that `redact` can take it out of any text that is about to be shown or written.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

__all__ = ["redact", "remember", "resolve"]

REDACTED = "***"
_REFERENCE = re.compile(r"\$\$\{secret:|\$\{secret:([^{}]*)\}")
_SHORTEST = 3  # shorter ones keep no secret, and would tear every text apart
_SHORTEST_LINE = 12  # of a secret of several lines, such as a private key

_lock = threading.Lock()
_known: set[str] = set()
_pattern: re.Pattern[str] | None = None


def resolve(value: Any) -> Any:
    """The value, a configuration or part of one, with each reference replaced by its secret.

    Raises `hygge.errors.ConfigurationError` (HYG108) where a secret cannot be had.
    """
    if isinstance(value, str):
        return _REFERENCE.sub(_secret, value) if "${secret:" in value else value
    if isinstance(value, Mapping):
        return {key: resolve(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(resolve(item) for item in value)
    return value


def remember(secret: str) -> None:
    """Have `redact` hide ``secret`` from now on; for secrets that no reference brought (a token)."""
    global _pattern
    with _lock:
        new = {form for form in _forms(secret) if form not in _known}
        if new:
            _known.update(new)
            longest_first = sorted(_known, key=len, reverse=True)
            _pattern = re.compile("|".join(_any_case_of_escapes(form) for form in longest_first))


def redact(text: str) -> str:
    """The text without any secret known in this process, also encoded for URLs, JSON, HTML or base64."""
    pattern = _pattern
    return pattern.sub(REDACTED, text) if pattern else text


def _secret(match: re.Match[str]) -> str:
    if match[1] is None:
        return "${secret:"  # it was escaped
    from hygge.plugins import registry

    value = registry().resolve_secret(match[1])
    remember(value)
    return value


def _forms(secret: str) -> Iterator[str]:
    """The secret as texts show it: plain, escaped, encoded, and line by line."""
    if len(secret) < _SHORTEST:
        return
    yield secret
    yield from (quote(secret, safe=""), quote(secret), quote_plus(secret))
    for dumped in (json.dumps(secret), json.dumps(secret, ensure_ascii=False), repr(secret)):
        yield dumped[1:-1]
    from html import escape  # its table of entities is dear, and most runs have no secret

    yield escape(secret)
    yield from _base64_forms(secret.encode("utf-8", "surrogatepass"))
    for line in secret.splitlines():
        if len(line) >= _SHORTEST_LINE and line != secret:
            yield line


def _any_case_of_escapes(form: str) -> str:
    """A pattern for the form; the hexadecimal digits of ``%2f`` may be of any case."""
    return re.sub("%([0-9A-F]{2})", r"%(?i:\1)", re.escape(form))


def _base64_forms(data: bytes) -> Iterator[str]:
    """What of ``data`` shows in base64 of any text that holds it, at each of the three alignments."""
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode("ascii").rstrip("=")
        # characters that mix in bits of what stands before or behind are not the secret's alone
        first = (0, 2, 3)[offset]
        last = len(encoded) - (1 if (offset + len(data)) % 3 else 0)
        stable = encoded[first:last]
        if len(stable) >= 2 * _SHORTEST:
            yield stable
            yield stable.replace("+", "-").replace("/", "_")
