"""The laws of a home, to be inherited by a connector's test.

::

    class TestSqlite(HomeConformance):
        type = "sqlite"

        @pytest.fixture
        def config(self, tmp_path):
            return {"path": str(tmp_path / "source.db")}

        def make(self, config, entity): ...
        def insert(self, config, entity, rows): ...
        def remake(self, config, entity, rows): ...
"""

from __future__ import annotations

from hygge.testing.home_changes import HomeChangeLaws
from hygge.testing.home_reading import ReadingLaws
from hygge.testing.home_runs import HomeRunLaws

__all__ = ["HomeConformance"]


class HomeConformance(ReadingLaws, HomeChangeLaws, HomeRunLaws):
    """Every law of a home."""
