"""Where the identities of an append are kept: in its receipt if they are few, else in a file beside it."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping

from hygge.files.layout import Layout
from hygge.model import Receipt

__all__ = ["are_few", "expected_bytes", "held", "in_a_file", "staged_identities", "token_of"]

BYTES = 16  # of each
FEW = 64  # that a receipt holds itself; more would make it large, fewer files make a commit cheap
HELD = "identities"  # their name in its token


def are_few(identities: bytes) -> bool:
    """Whether they go into the plan, and with it into the receipt."""
    return len(identities) <= FEW * BYTES


def token_of(identities: bytes) -> Mapping[str, str]:
    """The part of a token that `held` reads."""
    return {HELD: b64encode(identities).decode()}


def held(receipt: Receipt) -> bytes | None:
    """The identities that the receipt holds itself; None: they are in a file beside it, or there are none."""
    found = receipt.token.get(HELD)
    return None if found is None else b64decode(found)


def expected_bytes(receipt: Receipt) -> int:
    """How many bytes its identities have, wherever they are."""
    return BYTES * receipt.overlap.count if receipt.overlap is not None else 0


def in_a_file(receipt: Receipt) -> bool:
    """Whether its identities are in a file of their own."""
    return len(held(receipt) or b"") != expected_bytes(receipt)


def staged_identities(where: Layout, job_id: str) -> str:
    """The file of those that are many, until the commit puts it beside the receipt."""
    return where.staged(job_id, "overlap")
