"""What a local disk is asked to make durable, and when: what a power cut must not take comes first."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from loads import NEW, OLD

from hygge.files.local import LocalFileSystem
from hygge.model import Overlap

WORDS = (  # what a path is, once for all
    (r"\.hygge/targets/e", "control"),
    (r"control/.*\.[0-9a-f]{32}/part-.*", "its data"),
    (r"control/.*\.[0-9a-f]{32}", "its folder"),
    (r"control/.*\.part", "staged"),
    (r"control/.*-.*\.overlap", "staged identities"),
    (r"control/\d+\.overlap", "identities"),
    (r"control/\d+\.claim", "claim"),
    (r"control/\d+\..*\.json", "receipt"),
    (r"e/part-.*", "data"),
)


def word(path: str) -> str:
    for pattern, meaning in WORDS:
        path = re.sub(rf"^{pattern}$", meaning, path.replace(".hygge/targets/e/", "control/"))
    return path


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is created, renamed, deleted and synced, in words."""
    found: list[str] = []

    def note(name: str, say: Callable[..., str]) -> None:
        real = getattr(LocalFileSystem, name)

        def noting(self: LocalFileSystem, *given: Any, **more: Any) -> Any:
            done = real(self, *given, **more)
            found.append(say(*(word(one) for one in given if isinstance(one, str))))
            return done

        monkeypatch.setattr(LocalFileSystem, name, noting)

    note("create", "{} created".format)
    note("rename", "{} to {}".format)
    note("swap", "{} exchanged with {}".format)
    note("delete", "{} deleted".format)
    note("sync", "{} synced".format)
    return found


@pytest.mark.places("disk")
def test_a_replacement_is_whole_before_it_is_visible_and_durable_before_its_receipt(
    harbour: Any, steps: list[str]
) -> None:
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    steps.clear()
    plan = harbour.seal(job, {"a": NEW["a"]})
    assert steps == ["control synced"]
    steps.clear()
    harbour.store.commit(job, plan)
    assert steps == [
        *("control synced", "claim created"),  # creating a file syncs its folder
        *("staged to its data", "its folder synced"),
        *("e exchanged with its folder", " synced"),
        *("claim to receipt", "its folder deleted"),
    ]


def test_an_append_is_durable_before_its_identities_and_those_before_its_receipt(
    harbour: Any, steps: list[str]
) -> None:
    job = harbour.job("append", harbour.land(harbour.job("replace"), OLD))
    steps.clear()
    harbour.store.stage_overlap(job, b"\1" * 32_000)
    assert steps == ["control synced"]
    overlap = Overlap(columns=("id",), count=2_000, digest="0" * 32, lower="1")
    plan = replace(harbour.seal(job, {"a": NEW["a"]}), overlap=overlap)
    steps.clear()
    harbour.store.commit(job, plan)
    assert steps == [
        *("control synced", "claim created"),
        *("staged to data", "e synced"),
        *("staged identities to identities", "control synced"),
        *("claim to receipt", "control synced"),  # or the identities before it might go first
    ]


def test_what_is_taken_back_is_gone_for_good_before_its_claim_is(harbour: Any, steps: list[str]) -> None:
    job = harbour.job("append", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, {"a": NEW["a"], "b": NEW["b"]})
    harbour.break_off(job, plan, "publish.moved")
    for staged in harbour.control():
        (harbour.root / ".hygge" / staged).unlink()
    steps.clear()
    harbour.store.abort(job)
    assert steps == ["data deleted", "data deleted", "e synced", "identities deleted", "claim deleted"]


@pytest.mark.places("disk")
def test_what_is_put_back_is_durable_before_its_claim_goes(
    harbour: Any, steps: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalFileSystem, "swap", lambda self, one, other: False)
    job = harbour.job("replace", harbour.land(harbour.job("replace"), OLD))
    plan = harbour.seal(job, {"a": NEW["a"], "b": NEW["b"]})
    harbour.break_off(job, plan, "publish.put_out")
    next((harbour.root / ".hygge").rglob(f"part-{job.id}-a-*")).unlink()
    steps.clear()
    harbour.store.abort(job)
    back = next(n for n, step in enumerate(steps) if step.endswith(" to e"))
    assert steps[back + 1] == " synced"
    assert "claim deleted" in steps[back + 2 :]
