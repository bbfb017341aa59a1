"""An error nobody expected never gets lost, whatever else is wrong."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from hygge.engine.checks import _answered, _Check
from hygge.errors import HyggeError, StopEntity
from hygge.model import Finding
from hygge.secrets import remember
from hygge.unexpected import edge, unexpected


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


class PanicException(BaseException):  # as extensions in Rust name it
    __module__ = "pyo3_runtime"


@pytest.mark.parametrize("error", [ZeroDivisionError("deep"), PanicException("deep")])
def test_what_nobody_expected_of_a_connector_leaves_its_edge_as_an_error_of_hygge(
    error: BaseException,
) -> None:
    with pytest.raises(HyggeError, match="deep") as caught, edge():
        raise error
    assert caught.value.code == "HYG900"
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), StopEntity("known", code="HYG404")])
def test_what_wants_an_end_or_is_known_passes_the_edge_as_it_is(error: BaseException) -> None:
    with pytest.raises(type(error)) as caught, edge():
        raise error
    assert caught.value is error


def test_a_check_that_is_broken_is_a_finding(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    def broken() -> Sequence[Finding]:
        raise ZeroDivisionError("deep")

    report = _answered(_Check(part="the home", place=b"", call=broken), {})
    assert report.exit_code == 1
    assert "HYG900" in report.findings[0].message
