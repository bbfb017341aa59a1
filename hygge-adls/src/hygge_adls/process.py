"""A process named so that others on its host can tell whether it still runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["has_ended", "myself"]


def myself() -> str:
    """Boot, name space, number and beginning of this process; empty where the system does not tell."""
    where, begun = _where(), _begun(os.getpid())
    return f"{where} {os.getpid()} {begun}" if where and begun else ""


def has_ended(name: str) -> bool:
    """Whether a process ran where this one runs and certainly runs no more; never of another host's."""
    where, _, rest = name.partition(" ")
    number, _, begun = rest.partition(" ")
    if not (where and number.isdecimal() and begun) or where != _where():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:  # somebody else's: it is there
        return False
    now = _begun(int(number))
    return now != begun and now is not None


def _where() -> str:
    """Processes with the same answer see one another by number."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _begun(number: int) -> str | None:
    """When the process began, in ticks since the boot; empty if it has ended, None where that is not told."""
    try:
        told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return "" if told[0] in "ZX" else told[19]  # a zombie has ended, and nobody has asked for its result
