"""Every error code has a page, and `hygge explain` shows it."""

from __future__ import annotations

import json
import re

import pytest

from hygge.cli import main
from hygge.errors import CODES
from hygge.explaining import pages


def test_every_code_has_a_page_under_its_title() -> None:
    assert {code: page.title for code, page in pages().items()} == dict(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_page_says_what_happened_why_what_to_do_and_shows_it(code: str) -> None:
    page = pages()[code]
    assert page.example.startswith(code)
    assert "](" not in str(page), "a terminal shows no links"
    assert {text[-1] for text in (page.happened, page.cause, page.remedy)} <= set(".")


@pytest.mark.parametrize("code", CODES)
def test_an_example_ends_with_a_next_step_as_the_errors_do(code: str) -> None:
    lines = pages()[code].example.splitlines()
    assert len(lines) == 1 if code == "HYG602" else re.match(r"  +\S", lines[-1])


@pytest.mark.parametrize("said", ["HYG304", "hyg304", "304"])
def test_a_code_may_be_said_in_short(said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", said]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("HYG304: the watermark column holds nulls\n")
    assert max(map(len, shown.partition("\n\nExample\n")[0].splitlines())) <= 100


def test_without_a_code_all_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]] == list(CODES)


def test_a_wrong_code_is_met_with_a_near_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "HYG30"]) == 2
    assert "Did you mean HYG3" in capsys.readouterr().err
    assert main(["explain", "water"]) == 2
    assert "`hygge explain` lists all." in capsys.readouterr().err


def test_json_has_the_parts_of_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "HYG501", "--output", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert set(page) == {"code", "title", "happened", "cause", "remedy", "example"}
    assert main(["explain", "--output", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)["codes"]
    assert {one["code"]: one["title"] for one in listed} == dict(CODES)


def test_a_shell_completes_codes(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_HYGGE_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "hygge explain HYG41")
    monkeypatch.setenv("COMP_CWORD", "2")
    assert main([]) == 0
    assert set(re.findall(r"HYG\d+", capfd.readouterr().out)) == {"HYG410", "HYG411", "HYG412"}
