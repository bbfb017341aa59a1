"""Locks that end with the process that holds them, and a file system's proof that it has them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from hygge.errors import HyggeError, LeaseHeld

__all__ = ["flock", "prove_exclusive"]


def flock(handle: int, place: Path) -> None:
    """Lock the open file ``handle`` of ``place`` until it is closed; raises `LeaseHeld`."""
    import fcntl  # POSIX only: the rest of this package works without

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _held(place) from None
    except OSError as error:
        raise _no_locks(place) from error


def prove_exclusive(place: Path) -> None:
    """A second handle must be refused, or the file system only pretends to lock (HYG504)."""
    import fcntl

    second = os.open(place, os.O_RDWR)
    try:
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(second)
    raise _no_locks(place)


def _no_locks(place: Path) -> HyggeError:
    return HyggeError(
        f"{place.parent} lies on a file system without working locks",
        code="HYG504",
        remedy="Set journal.location to a folder on a local disk.",
    )


def _held(place: Path) -> LeaseHeld:
    try:
        holder = json.loads(place.read_bytes() or b"{}")
    except (OSError, ValueError):
        holder = {}
    who = ", ".join(f"{k} {v}" for k, v in holder.items()) or "an unknown process"
    return LeaseHeld(
        f"another run holds {place.stem!r}: {who}",
        remedy="Wait for it to end and run again; the lock ends with that process.",
        **holder,
    )
