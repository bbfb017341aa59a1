"""What the planner is promised of SQLite, by which it refuses and chooses before anything is read."""

from __future__ import annotations

from hygge import HomeCapabilities, StoreCapabilities
from hygge.plugins import registry


def test_what_a_home_promises() -> None:
    promised = registry().home_type("sqlite").capabilities
    assert promised == HomeCapabilities(incremental=True, stable_splits=True)


def test_what_a_store_promises() -> None:
    """One writer at a time in a database; a commit shows all or nothing and may reshape the table."""
    found = registry().store_type("sqlite")
    assert found.capabilities == StoreCapabilities(
        modes=frozenset({"replace", "append", "upsert"}),
        atomicity="run",
        staging="durable",
        exclusive="connection",
        parallel_staging=True,
        add_columns=True,
        widen_types=True,
        read_back=True,
    )
    assert not found.remote
