"""How a target and its last receipt disagree, from a look at the catalogue alone."""

from __future__ import annotations

from hygge import schemas
from hygge.model import Receipt
from hygge_sqlite.place import folded
from hygge_sqlite.standing import Standing
from hygge_sqlite.storage import declaration

__all__ = ["damage"]


def damage(receipt: Receipt | None, standing: Standing | None) -> str | None:
    """What is wrong, for people; None if nothing is."""
    if receipt is None:
        return None
    if standing is None:
        return "the table is gone"
    wanted = {folded(field.name): declaration(field.type) for field in schemas.unpack(receipt.schema)}
    found = {folded(name): kind for name, kind in standing.columns.items()}
    faults = [f"column {name!r} is gone" for name in wanted if name not in found]
    faults += [f"column {name!r} is not hygge's" for name in found if name not in wanted]
    faults += [
        f"column {name!r} is declared {found[name] or 'without a type'}, not {kind}"
        for name, kind in wanted.items()
        if name in found and found[name] != kind
    ]
    return "; ".join(faults) or None
