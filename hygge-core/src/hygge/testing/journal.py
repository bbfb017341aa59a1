"""The laws of a journal, to be inherited by a connector's test.

::

    class TestMyJournal(JournalConformance):
        opener = staticmethod(my_package.testing.open_journal)

        @pytest.fixture
        def place(self, tmp_path):
            return {"path": str(tmp_path / "journal")}

        def damage(self, place): ...
"""

from __future__ import annotations

from hygge.testing.journal_faults import JournalFaultLaws
from hygge.testing.journal_record import RecordLaws

__all__ = ["JournalConformance"]


class JournalConformance(RecordLaws, JournalFaultLaws):
    """Every law of a journal."""
