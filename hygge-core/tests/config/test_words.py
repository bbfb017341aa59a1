"""What the words of a flow become for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from hygge.config import EntityConfig, load_project
from hygge.errors import ConfigurationError

Write = Callable[[Mapping[str, str]], Path]
REST = "home: {type: rows, path: in.db}\nstore: {type: parquet, path: out}\n"


def only(project: Write, more: str, rest: str = REST) -> EntityConfig:
    (entity,) = load_project(project({"flows/f.yml": rest + more})).select()
    return entity


def test_without_a_word_a_flow_replaces_and_follows_its_source(project: Write) -> None:
    found = only(project, "")
    assert (found.run_type, found.write, found.watermark, found.keys) == ("full_drop", "auto", None, ())
    assert (found.columns, found.where, found.limit, found.tags) == (None, None, None, ())
    assert (found.guard.min_rows, found.guard.max_shrink) == (None, None)
    assert "stop" not in asdict(found.drift).values()


def test_strict_stops_at_every_kind_of_change(project: Write) -> None:
    assert set(asdict(only(project, "drift: strict\n").drift).values()) == {"stop"}


def test_one_kind_of_change_can_be_forbidden_alone(project: Write) -> None:
    said = asdict(only(project, "drift: {change_types: stop}\n").drift)
    assert [kind for kind, policy in said.items() if policy == "stop"] == ["change_types"]


@pytest.mark.parametrize(("said", "share"), [("0.3", 0.3), ("30%", 0.3), ("'2.5 %'", 0.025), ("1", 1)])
def test_a_share_is_a_number_or_a_percentage(project: Write, said: str, share: float) -> None:
    guard = only(project, f"guard: {{min_rows: 7, max_shrink: {said}}}\n").guard
    assert (guard.min_rows, guard.max_shrink) == (7, pytest.approx(share))


def test_polish_keeps_every_word_of_it(project: Write) -> None:
    found = only(
        project,
        """
polish:
  select: [a, b, c]
  drop: [c]
  cast: {a: string}
  hash: [a, {columns: [a, b], salt: "${secret:env:PEPPER}"}, {columns: [b], into: h}]
  rename: {b: B}
  columns: {case: snake, special: remove, collisions: number}
  constants: [{name: k, value: 1}]
  timestamps: [at]
""",
    ).polish
    assert (found.select, found.drop, found.cast) == (("a", "b", "c"), ("c",), {"a": "string"})
    assert [(one.columns, one.into, one.salt) for one in found.hash] == [
        (("a",), "a", ""),
        (("a", "b"), "a", "${secret:env:PEPPER}"),
        (("b",), "h", ""),
    ]
    assert (found.rename, found.case, found.special, found.collisions) == (
        {"b": "B"},
        "snake",
        "remove",
        "number",
    )
    assert ([one.name for one in found.constants], found.timestamps) == (["k"], ("at",))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("${secret:env:A}${H2_UNSET:-x}", "${secret:env:A}x"),
        ("${secret:env:A}${H2_EMPTY:-x}", "${secret:env:A}x"),
        ("${H2_SET:-x}", "${secret:env:H2_SET}"),
        ("${H2_EMPTY:-}${H2_SET}", "${secret:env:H2_SET}"),
    ],
)
def test_a_variable_of_a_secret_has_its_default_where_it_is_empty(
    project: Write, monkeypatch: pytest.MonkeyPatch, said: str, kept: str
) -> None:
    monkeypatch.setenv("H2_EMPTY", "")
    monkeypatch.setenv("H2_SET", "hunter2")
    rest = f'home: {{type: rows, path: x, user: me, password: "{said}"}}\nstore: {{type: parquet, path: o}}\n'
    assert only(project, "", rest).home["password"] == kept


@pytest.mark.parametrize("said", ["hunter2", "${H2_UNSET:-hunter2}"])
@pytest.mark.parametrize("key", ["password", "pasword", "assword"])
def test_a_secret_that_is_written_down_is_refused_and_never_shown(
    project: Write, said: str, key: str
) -> None:
    """Nor is what stands under a key that was meant to be one."""
    rest = f"home: {{type: rows, path: x, {key}: '{said}'}}\nstore: {{type: parquet, path: o}}\n"
    with pytest.raises(ConfigurationError) as caught:
        only(project, "", rest)
    told: Any = caught.value.details["problems"]
    assert {problem.code for problem in told} >= ({"HYG105"} if key == "password" else {"HYG104"})
    if said == "hunter2":
        assert "hunter2" not in str(caught.value)


def test_a_path_holds_no_secret(project: Write) -> None:
    rest = "home: {type: rows, path: '${secret:env:A}/in.db'}\nstore: {type: parquet, path: o}\n"
    with pytest.raises(ConfigurationError, match="paths are shown and written down"):
        only(project, "", rest)
