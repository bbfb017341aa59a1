"""An error nobody expected never gets lost, whatever else is wrong."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

from hygge.unexpected import unexpected

if TYPE_CHECKING:
    import pytest


def test_a_traceback_without_a_place_for_its_file_is_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "mkstemp", full)
    error = unexpected(ZeroDivisionError("deep inside"))
    assert error.code == "HYG900"
    assert "ZeroDivisionError: deep inside" in error.message
    assert "No space left" in error.remedy
