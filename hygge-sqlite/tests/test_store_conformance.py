"""The SQLite store keeps every law of a store."""

from __future__ import annotations

from typing import ClassVar

from sqlite_laws import StoreSide

from hygge.errors import TransientError
from hygge.testing import REFUSED, Gap, StoreConformance

NESTED = ("list", "large_list", "fixed_size_list(2)", "struct", "map", "list of structs")
SLEEPER = "test_a_commit_that_slept_while_another_ended_it_changes_nothing"


class TestSqliteStore(StoreSide, StoreConformance):
    types: ClassVar = {
        "float64: NaN": REFUSED,
        **dict.fromkeys(("decimal128(5, -2)", "interval"), REFUSED),
        **dict.fromkeys(("large_string", "string_view", "dictionary"), "string"),
        **dict.fromkeys(("large_binary", "binary_view"), "binary"),
        **dict.fromkeys(NESTED, "string"),  # as JSON
    }
    gaps: ClassVar = {
        SLEEPER: Gap("asleep in its transaction it holds the database's lock: others wait", TransientError)
    }
