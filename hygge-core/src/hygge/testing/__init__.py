"""The conformance kit: what a connector promises, as tests to inherit. Needs ``hygge-core[testing]``."""

import pytest

for _laws in (
    "canaries",
    "gaps",
    "home_changes",
    "home_reading",
    "home_runs",
    "home_service",
    "journal_faults",
    "journal_record",
    "plugin",
    "store_faults",
    "store_refusals",
    "store_rivals",
    "store_runs",
    "store_service",
    "store_settling",
    "store_shapes",
    "store_survey",
    "store_types",
):
    pytest.register_assert_rewrite(f"{__name__}.{_laws}")  # a broken law shows the values

from hygge.testing.faults import FAULTS, Fault, FaultScript  # noqa: E402  # after the rewriting of asserts
from hygge.testing.gaps import Gap, gap_rows  # noqa: E402
from hygge.testing.home import HomeConformance  # noqa: E402
from hygge.testing.home_service import HomeServiceConformance  # noqa: E402
from hygge.testing.journal import JournalConformance  # noqa: E402
from hygge.testing.plugin import PluginConformance  # noqa: E402
from hygge.testing.store import StoreConformance  # noqa: E402
from hygge.testing.store_service import StoreServiceConformance  # noqa: E402
from hygge.testing.store_types import EXACT, PARQUET_TYPES, REFUSED, TypeRow, type_rows  # noqa: E402
from hygge.testing.values import SCHEMA  # noqa: E402

__all__ = [
    "EXACT",
    "FAULTS",
    "PARQUET_TYPES",
    "REFUSED",
    "SCHEMA",
    "Fault",
    "FaultScript",
    "Gap",
    "HomeConformance",
    "HomeServiceConformance",
    "JournalConformance",
    "PluginConformance",
    "StoreConformance",
    "StoreServiceConformance",
    "TypeRow",
    "gap_rows",
    "type_rows",
]
