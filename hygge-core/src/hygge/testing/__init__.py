"""The conformance kit: what a connector promises, as tests to inherit. Needs ``hygge-core[testing]``."""

import pytest

for _laws in (
    "gaps",
    "home",
    "plugin",
    "store_settling",
    "store_faults",
    "journal_record",
    "journal_faults",
):
    pytest.register_assert_rewrite(f"{__name__}.{_laws}")  # a broken law shows the values

from hygge.testing.gaps import Gap  # noqa: E402  # after the rewriting of their asserts is asked for
from hygge.testing.home import HomeConformance  # noqa: E402
from hygge.testing.journal import JournalConformance  # noqa: E402
from hygge.testing.plugin import PluginConformance  # noqa: E402
from hygge.testing.store import StoreConformance  # noqa: E402
from hygge.testing.values import SCHEMA  # noqa: E402

__all__ = [
    "SCHEMA",
    "Gap",
    "HomeConformance",
    "JournalConformance",
    "PluginConformance",
    "StoreConformance",
]
