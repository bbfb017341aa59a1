"""Secrets: references in a configuration, resolved where they are used and never shown.

``${secret:provider:name}`` stays in configurations, jobs and journals; a connector calls `resolve`
when it opens its connection. Every value that was resolved in this process is remembered, so
that `redact` can take it out of any text that is about to be shown or written.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from typing import Any

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
