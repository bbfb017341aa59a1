"""Bugs on purpose, to see that histories find them; each is put into a child before it does anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["SEEDS"]

SEEDS: Mapping[str, Callable[[], None]] = {}
