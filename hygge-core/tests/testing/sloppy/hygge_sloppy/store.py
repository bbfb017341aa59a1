"""A store that is none yet."""

from __future__ import annotations

from hygge.roles import Store


class SloppyStore(Store):
    """Holds no method of its role."""
