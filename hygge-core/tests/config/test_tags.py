"""Choosing by ``tag:T``, and what the files name without being checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from hygge.config import load_project
from hygge.config.names import read_names
from hygge.errors import ConfigurationError

Write = Callable[[Mapping[str, str]], Path]
REST = "home: {type: rows, path: in.db}\nstore: {type: parquet, path: out}\n"
FILES = {
    "flows/erp.yml": f"{REST}tags: [nightly, finance]\nentities: [a, {{name: b, tags: [hourly]}}]\n",
    "flows/crm.yml": f"{REST}tags: [nightly]\n",
    "flows/web.yml": REST,
}


def chosen(root: Path, *select: str, exclude: tuple[str, ...] = ()) -> list[str]:
    return [f"{entity.flow}.{entity.name}" for entity in load_project(root).select(select, exclude)]


def test_a_tag_chooses_across_flows_and_an_entity_s_own_tags_replace_its_flow_s(project: Write) -> None:
    root = project(FILES)
    assert chosen(root, "tag:nightly") == ["crm.crm", "erp.a"]
    assert chosen(root, "tag:hourly") == ["erp.b"]
    assert chosen(root, "tag:*ly") == ["crm.crm", "erp.a", "erp.b"]
    assert chosen(root, "tag:finance", "web") == ["erp.a", "web.web"]


def test_a_tag_can_be_left_out(project: Write) -> None:
    root = project(FILES)
    assert chosen(root, exclude=("tag:nightly",)) == ["erp.b", "web.web"]
    assert chosen(root, "erp", exclude=("tag:finance",)) == ["erp.b"]


def test_a_broken_flow_blocks_only_the_tags_that_it_has(project: Write) -> None:
    broken = f"{REST}run_typ: x\ntags: [weekly]\nentities: [{{name: b, tags: [monthly]}}]\n"
    root = project({**FILES, "flows/bad.yml": broken})
    assert chosen(root, "tag:nightly") == ["crm.crm", "erp.a"]
    for tag in ("tag:weekly", "tag:monthly", "tag:*"):
        with pytest.raises(ConfigurationError, match="run_typ"):
            chosen(root, tag)


@pytest.mark.parametrize("text", ["tags: [", "tags: ['${WHEN}']\n"])
def test_a_broken_flow_whose_tags_cannot_be_told_blocks_every_tag(project: Write, text: str) -> None:
    root = project({**FILES, "flows/bad.yml": f"{REST}run_typ: x\n{text}"})
    with pytest.raises(ConfigurationError, match=r"flows/bad\.yml"):
        chosen(root, "tag:nightly")
    assert chosen(root, "web") == ["web.web"]


def test_names_are_read_from_files_that_would_not_pass(project: Write) -> None:
    root = project(
        {
            "flows/a.yml": "entities: [one, '!two', 'th*', {name: four, tags: [x]}, 5]\ntags: y\nbroken: 1",
            "flows/b/flow.yml": "home: {type: nobody}",
            "flows/b/entities/five.yml": "",
            "flows/b/entities/six.yml": "name: seven\ntags: [z]",
            "flows/c.yml": "a: [",
        }
    )
    a, b, c = read_names(root)
    assert (a.entities, a.tags, a.whole) == (("one", "four"), ("x", "y"), True)
    assert (b.entities, b.tags, b.whole) == (("five", "seven"), ("z",), True)
    assert (c.entities, c.whole) == (("c",), False)
