"""Where things lie: names that are data, templates, and keys that never meet."""

from __future__ import annotations

import string
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow.dataset as ds
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge.errors import ConfigurationError
from hygge.files.layout import data_name, is_data_name, is_put_out, job_of, layout, split_template
from hygge.files.local_stores import ParquetStore
from hygge.model import Mode
from hygge.testing.values import batches, job_id, make_job, target

MODES: tuple[Mode, ...] = ("replace", "append")
NAMES = st.text(st.characters(codec="utf-8"), max_size=80)


@given(NAMES)
def test_an_entity_name_never_leaves_its_folder(name: str) -> None:
    try:
        where = layout("{entity}", name)
    except ConfigurationError:
        return
    assert len(PurePosixPath(where.folder).parts) == 1
    assert where.folder not in (".", "..", ".hygge")
    for path in (where.control, where.staged("j", "a"), where.swap("j", "a")):
        parts = PurePosixPath(path).parts
        assert parts[0] == ".hygge"
        assert len(parts) == (3 if path == where.control else 4)
        assert ".." not in parts
        assert len(parts[2].encode()) <= 255


@given(NAMES, NAMES)
def test_two_names_never_share_a_key(one: str, other: str) -> None:
    try:
        keys = layout("{entity}", one).key, layout("{entity}", other).key
    except ConfigurationError:
        return
    assert (keys[0] == keys[1]) == (one == other)


def test_what_a_job_stages_and_exchanges_tells_whose_it_is_and_a_receipt_is_nobodys() -> None:
    where, job = layout("{entity}", "e"), job_id()
    for path in (where.staged(job, "all.0000.part"), where.swap(job, "a1"), where.swap(job, "out-a1")):
        assert PurePosixPath(path).parent == PurePosixPath(where.control)
        assert job_of(PurePosixPath(path).name) == job
    assert is_put_out(PurePosixPath(where.swap(job, "out-a1")).name)
    assert not is_put_out(PurePosixPath(where.swap(job, "a1")).name)
    for name in (f"00000001.{job}.json", "00000002.claim", "00000001.overlap", "notes.txt", ".DS_Store"):
        assert job_of(name) is None


@given(st.text(string.printable, min_size=1, max_size=20), st.integers(0, 99_999))
def test_a_data_name_is_one_segment_and_known_as_ours(split: str, number: int) -> None:
    name = data_name(job_id(), split, number, ".parquet")
    assert "/" not in name
    assert is_data_name(name)


SPLITS = st.tuples(st.text(min_size=1, max_size=6), st.integers(0, 20_000))


@given(SPLITS, SPLITS)
def test_two_files_of_a_job_never_share_a_name(one: tuple[str, int], other: tuple[str, int]) -> None:
    try:
        names = [data_name("20200101T000000-0123456789", *each, ".parquet") for each in (one, other)]
    except UnicodeEncodeError:  # half a surrogate pair is no split id
        return
    assert (names[0] == names[1]) == (one == other)


@pytest.mark.parametrize(
    "name", ["data.parquet", "part-1.parquet", "_SUCCESS", ".part", "part-x-y-0000.parquet"]
)
def test_names_of_others_are_not_ours(name: str) -> None:
    assert not is_data_name(name)


@pytest.mark.parametrize(
    ("path", "root", "template"),
    [
        ("/data/out", "/data/out", "{entity}"),
        ("/data/{entity}", "/data", "{entity}"),
        ("/data/{entity}/daily", "/data", "{entity}/daily"),
        ("/data/raw_{entity}_v1/x", "/data", "raw_{entity}_v1/x"),
        ("/data/{entity}/{entity}", "/data", "{entity}/{entity}"),
    ],
)
def test_a_configured_path_has_a_root_without_names_and_a_template(
    path: str, root: str, template: str
) -> None:
    assert split_template(path) == (root, template)


@pytest.mark.parametrize("path", ["{entity}/daily", "raw_{entity}_v1/x", "{entity}", "a/b/{entity}.d"])
def test_files_land_where_the_template_says_and_nothing_else_is_there(tmp_path: Path, path: str) -> None:
    config: dict[str, Any] = {"path": str(tmp_path / path)}
    store = ParquetStore(config)
    for entity in ("orders", "Ünter strich_1"):
        identity = store.identity(target(entity))
        for mode in MODES:
            base = store.state(target(entity)).receipt
            job = make_job(
                entity, store_type="parquet", store=config, target_identity=identity, mode=mode, base=base
            )
            plan = store.seal(job, [store.stage(job, "a", batches(range(5)))])
            store.commit(job, plan)
        folder = tmp_path / path.replace("{entity}", entity)
        assert ds.dataset(folder).count_rows() == 10
        assert all(is_data_name(found.name) for found in folder.iterdir())


def test_long_names_that_begin_alike_have_receipts_of_their_own() -> None:
    one, other = (layout("{entity}", "x" * 220 + end) for end in "ab")
    assert one.control != other.control
    assert max(len(one.key), len(other.key)) <= 200


def test_what_belongs_to_a_target_lies_in_no_other_s_folder() -> None:
    inner, outer = layout("lake/{entity}/data", "e"), layout("{entity}", "lake")
    assert not inner.control.startswith(f"{outer.control}/")
    assert "/" not in inner.key
