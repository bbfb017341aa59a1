"""Which files a path, a folder, a glob and an entity stand for, and what is none of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from hygge.errors import DataError, HyggeError
from hygge.model import ReadRequest

if TYPE_CHECKING:
    from parquet_source import Source


def test_a_file_a_folder_a_subfolder_and_a_glob_are_read(source: Source) -> None:
    source.put("a.parquet", n=[1])
    source.put("b.PARQUET", n=[2])
    source.put("t/c.parquet", n=[3])
    source.put("deep/er/d.parquet", n=[4])
    assert source.read("a.parquet")["n"].to_pylist() == [1]
    assert source.read()["n"].to_pylist() == [3], "the subfolder named like the entity"
    assert source.read("{entity}/c.parquet")["n"].to_pylist() == [3]
    assert source.read("*.parquet")["n"].to_pylist() == [1]
    assert source.read("[ab].*")["n"].to_pylist() == [1, 2]
    assert source.read("**/*.parquet")["n"].to_pylist() == [1, 4, 3]
    assert source.read("**")["n"].to_pylist() == [1, 2, 4, 3]
    assert source.read("*/er")["n"].to_pylist() == [4]


@pytest.mark.parametrize("entity", ["a[b]", "a*", "a?"])
def test_the_name_of_an_entity_is_no_part_of_a_glob(source: Source, entity: str) -> None:
    source.put(f"{entity}/x.parquet", n=[1])
    source.put("ab/x.parquet", n=[9])
    plan = source.home("{entity}/*.parquet").plan(ReadRequest(entity=entity))
    assert [entity in str(split) for split in plan.splits] == [True]
    assert "ab/x" not in str(plan.splits)


def test_names_with_a_dot_or_an_underscore_in_front_are_never_data(source: Source) -> None:
    source.put("a.parquet", n=[1])
    for name in ("_b.parquet", ".c.parquet", "_tmp/d.parquet", ".hygge/e.parquet", "x=1/_f.parquet"):
        source.put(name, n=[9])
    (source.root / "README.md").write_text("not data")
    assert source.read()["n"].to_pylist() == [1]
    assert source.read("**/*.parquet")["n"].to_pylist() == [1]
    assert "1 file with another ending" in source.plan().notes[0]


def test_what_is_not_there_is_named(source: Source) -> None:
    source.put("other/a.parquet", n=[1])
    for path, said in ("nowhere", "no file or folder"), ("", "no .parquet"), ("*.pq", "no .parquet"):
        with pytest.raises(DataError, match=said) as caught:
            source.plan(path)
        assert caught.value.code == "HYG302"


def test_links_that_go_in_circles_are_named(source: Source) -> None:
    source.put("k=1/a.parquet", n=[1])
    (source.root / "k=2").symlink_to(".")
    with pytest.raises(HyggeError, match="leads to a folder above itself"):
        source.plan()


def test_a_name_that_is_no_text_is_refused_and_told(source: Source) -> None:
    source.put("t/a.parquet", n=[1])
    odd = os.fsencode(source.root / "t") + b"/\xff.parquet"
    os.rename(os.fsencode(source.root / "t/a.parquet"), odd)
    for path in ("", "t/*.parquet"):
        with pytest.raises(DataError, match="is no UTF-8"):
            source.plan(path)
    os.rename(odd, odd + b".bak")
    source.put("t/a.parquet", n=[1])
    assert source.read()["n"].to_pylist() == [1]
    os.rename(os.fsencode(source.root / "t"), os.fsencode(source.root) + b"/\xfe")
    with pytest.raises(DataError, match="is no UTF-8"):
        source.home().entities()


def test_entities_are_subfolders_with_data_or_what_the_placeholder_matches(source: Source) -> None:
    for name in ("b/x.parquet", "a/k=1/x.parquet", "_c/x.parquet", "d/readme.txt.parquet.bak/x.parquet"):
        source.put(name, n=[1])
    source.put("sales_2024.parquet", n=[1])
    assert source.home().entities() == ["a", "b"]
    assert source.home("sales_{entity}.parquet").entities() == ["2024"]
    assert source.home("{entity}/*.parquet").entities() == ["a", "b", "d"]


def test_a_placeholder_stands_for_folders_with_data_as_well_as_for_files(source: Source) -> None:
    for name in ("b/x.parquet", "a/k=1/x.parquet", "_c/x.parquet", "d/readme.txt", "k=2/x.parquet"):
        source.put(f"lake/{name}", n=[1])
    source.put("spark/old.parquet", n=[1])
    source.put("spark/new.parquet/part-0.parquet", n=[1])
    source.put("twice/e/e", n=[1])
    (source.root / "lake" / "README.md").write_text("no table")
    assert source.home("lake/{entity}").entities() == ["a", "b"]
    assert source.home("spark/{entity}.parquet").entities() == ["new", "old"]
    assert source.home("twice/{entity}/{entity}").entities() == ["e"]
