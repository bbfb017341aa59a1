"""The conformance kit: what a connector promises, as tests to inherit. Needs ``hygge-core[testing]``."""

import pytest

pytest.register_assert_rewrite("hygge.testing.store_settling", "hygge.testing.store_faults")  # tell values

from hygge.testing.gaps import Gap  # noqa: E402  # after the rewriting of their asserts is asked for
from hygge.testing.store import StoreConformance  # noqa: E402

__all__ = ["Gap", "StoreConformance"]
