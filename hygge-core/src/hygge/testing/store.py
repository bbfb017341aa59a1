"""The laws of a store, to be inherited by a connector's test.

::

    class TestParquet(StoreConformance):
        type = "parquet"

        @pytest.fixture
        def config(self, tmp_path):
            return {"path": str(tmp_path / "out")}

        def visible(self, config, entity): ...
        def plant(self, config, entity): ...
"""

from __future__ import annotations

from hygge.testing.store_faults import FaultLaws
from hygge.testing.store_refusals import RefusalLaws
from hygge.testing.store_rivals import RivalLaws
from hygge.testing.store_runs import StoreRunLaws
from hygge.testing.store_settling import SettlingLaws
from hygge.testing.store_shapes import ShapeLaws
from hygge.testing.store_survey import SurveyLaws
from hygge.testing.store_types import TypeLaws

__all__ = ["StoreConformance"]


class StoreConformance(
    SettlingLaws, RefusalLaws, ShapeLaws, TypeLaws, RivalLaws, SurveyLaws, FaultLaws, StoreRunLaws
):
    """Every law of a store."""
