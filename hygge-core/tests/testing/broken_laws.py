"""The kit, inherited for each faulty connector; run by test_mutants.py, each has to be found by its law."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest
import reference_laws
from hygge_faulty import journals, plugin

from hygge.testing import PluginConformance

FAULTS: Mapping[type, tuple[str, ...]] = {
    reference_laws.TestStore: plugin.STORES,
    reference_laws.TestRemoteStore: ("Telling",),
    reference_laws.TestRemoteStoreFaults: ("Stubborn", "Credulous", "Impatient", "Indiscreet"),
    reference_laws.TestHome: (*plugin.HOMES, *plugin.POSITIONS),
    reference_laws.TestRemoteHomeFaults: plugin.REMOTE_HOMES,
}
for _laws, _faults in FAULTS.items():
    for _fault in _faults:
        globals()[f"Test{_fault}"] = type(f"Test{_fault}", (_laws,), {"type": _fault.lower()})


class JournalLaws(reference_laws.TestJournal):
    opener = staticmethod(journals.open_journal)
    fault: ClassVar[str]

    @pytest.fixture
    def place(self, tmp_path: Path) -> Mapping[str, Any]:
        return {"path": str(tmp_path / "journal"), "fault": self.fault}


for _fault in journals.FAULTS:
    globals()[f"Test{_fault}"] = type(f"Test{_fault}", (JournalLaws,), {"fault": _fault})


class TestSloppy(PluginConformance):
    distribution = "hygge-sloppy"
