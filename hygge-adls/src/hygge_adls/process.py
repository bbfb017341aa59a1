"""A process named so that others on its host can tell whether it still runs."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["has_ended", "myself"]


def myself() -> str:
    """Boot, name space, number and beginning of this process; empty where the system does not tell."""
    begun = _begun(os.getpid())
    return f"{_where()} {os.getpid()} {begun}" if begun else ""


def has_ended(name: str) -> bool:
    """Whether a process ran where this one runs and certainly runs no more; never of another host's."""
    where, _, rest = name.partition(" ")
    number, _, begun = rest.partition(" ")
    if not (number.isdecimal() and begun) or where != _where():
        return False
    return _begun(int(number)) != begun


def _where() -> str:
    """Processes with the same answer see one another by number."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def _begun(number: int) -> str:
    """When the process began, in ticks since the boot; empty if it runs no more."""
    try:
        told = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if told[0] in "ZX" else told[19]  # a zombie has ended, and nobody has asked for its result
