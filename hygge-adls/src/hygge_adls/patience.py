"""Ask again what the service may answer later, and find out what became of a lost answer.

The SDK's own retries are off: they ignore ``Retry-After``, leave 429 alone, and repeat a rename
whose answer was lost, which then fails although it is done.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from hygge.errors import TransientError
from hygge_adls.remedies import remedy
from hygge_adls.trouble import (
    STUMBLES,
    code_of,
    may_be_applied,
    meant,
    no_sign_in,
    retry_after,
    said,
    told,
    will_pass,
)

if TYPE_CHECKING:
    from azure.core.exceptions import AzureError

__all__ = ["Patience", "doubts"]

T = TypeVar("T")


class Doubts:
    """The folders about which answers were lost: what was asked may yet be carried out. Thread-safe.

    Of the whole process, since who stages and who commits may have signed in apart.
    """

    def __init__(self) -> None:
        self._folders: set[str] = set()

    def add(self, address: str) -> None:
        """An answer was lost about what has that address."""
        self._folders.add(address.rpartition("/")[0])

    def about(self, folder: str) -> bool:
        """Whether one was lost about something that lies in the folder itself."""
        return folder in self._folders


doubts = Doubts()


class Patience:
    """Retries with growing pauses and jitter, obeying ``Retry-After``; ``total`` seconds a call at most."""

    def __init__(
        self,
        *,
        total: float = 60.0,
        first: float = 0.05,
        longest: float = 20.0,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
    ) -> None:
        self._total, self._first, self._longest = total, first, longest
        self._clock, self._wait = clock, wait

    def ask(self, call: Callable[[], T], address: str, settle: Callable[[], T | None] | None = None) -> T:
        """The result of ``call``; a final refusal as an `OSError` about ``address``.

        Raises `TransientError` when the patience is at its end.

        ``settle`` finds out whether an earlier attempt, whose answer was lost, was carried out: its
        result, or None if not. It is asked when a later attempt is refused.
        """
        until = self._clock() + self._total
        unsure = False
        attempt = 0
        while True:
            try:
                return call()
            except FileNotFoundError as raised:
                if hasattr(raised, "remedy"):  # one of `told`, of a request within this one
                    raise
                raise no_sign_in(raised, address) from raised
            except STUMBLES as raised:
                error = meant(raised)
                if will_pass(error) and may_be_applied(error):
                    doubts.add(address)
                pause = self._pause(error, attempt)
                if not will_pass(error) or self._clock() + pause > until:
                    found = settle() if unsure and settle is not None else None
                    if found is not None:
                        return found
                    raise self._final(error, address) from error
                unsure = unsure or may_be_applied(error)
            attempt += 1
            self._wait(pause)

    def _final(self, error: AzureError, address: str) -> Exception:
        if not will_pass(error):
            return told(error, address)
        return TransientError(
            f"{address}: the service did not do it within {self._total:g} s: {said(error)}",
            remedy=remedy(error, code_of(error))
            or "Run again later. If it stays so, look at the account's health and limits in Azure.",
            retry_after=retry_after(error) or 0,
        )

    def _pause(self, error: AzureError, attempt: int) -> float:
        asked = retry_after(error)
        if asked:  # 0 is no pause at all, and hundreds of requests a second
            return asked + random.uniform(0, 0.1 * asked)
        return random.uniform(0.5, 1.0) * min(self._longest, self._first * 2.0**attempt)
