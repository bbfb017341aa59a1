"""What the planner is promised of ADLS, by which it refuses and chooses before anything is read."""

from __future__ import annotations

from hygge import HomeCapabilities, StoreCapabilities
from hygge.plugins import registry


def test_what_a_home_promises() -> None:
    promised = registry().home_type("adls").capabilities
    assert promised == HomeCapabilities(incremental=True, stable_splits=True, positions=True)


def test_what_a_store_promises() -> None:
    """Files appear one after the other, and the journal is kept beside them, for every host."""
    found = registry().store_type("adls")
    assert found.capabilities == StoreCapabilities(
        modes=frozenset({"replace", "append"}),
        atomicity="split",
        absent_while_replacing=True,
        exclusive="target",
        staging="durable",
        parallel_staging=True,
        read_back=True,
    )
    assert found.remote
    assert found.journal == "adls"
