"""An error nobody expected never gets lost, whatever else is wrong."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hygge.secrets import remember
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


def test_a_traceback_rests_in_a_file_without_any_secret(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    remember("correct horse battery")
    try:
        raise ValueError("signed in with correct horse battery\nsecond line")
    except ValueError as raised:
        error = unexpected(raised)
    (path,) = tmp_path.iterdir()
    kept = path.read_text()
    assert "test_a_traceback_rests_in_a_file" in kept, "where it was raised"
    assert "ValueError: signed in with ***" in kept
    assert "horse" not in kept + str(error)
    assert error.message == "unexpected error: ValueError: signed in with ***"
    assert error.details["traceback"] == str(path)
    assert str(path) in error.remedy
