"""A position tells every content of every file from another, and says the same of the same files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge.errors import Refused
from hygge.files import position as position_module
from hygge.files.discovery import Found
from hygge.files.position import PLAIN, pack, unpack

ROOT = "file:///data/in"

founds = st.builds(
    Found,
    path=st.text(st.characters(codec="utf-8"), min_size=1),
    size=st.integers(0, 2**50),
    modified_ns=st.integers(0, 2**62),
    version=st.sampled_from(["", "0x8DC", "0x8DD"]),
)


@given(st.lists(founds, unique_by=lambda one: one.path), st.randoms())
def test_files_come_back_with_their_contents_in_whatever_order_they_were_found(
    files: list[Found], random: object
) -> None:
    position = pack(files, ROOT, {})
    assert unpack(position, ROOT) == {one.path: one.content for one in files}
    random.shuffle(files)  # type: ignore[attr-defined]  # a random.Random
    assert pack(files, ROOT, {}) == position


def test_a_long_list_is_kept_as_exactly_as_a_short_one() -> None:
    files = [Found(path=f"d/{n}.parquet", size=n, modified_ns=n, version="v") for n in range(PLAIN)]
    assert unpack(pack(files, ROOT, {}), ROOT) == {one.path: one.content for one in files}
    assert pack(reversed(files), ROOT, {}) == pack(files, ROOT, {})


def test_nothing_was_read_where_there_is_no_position() -> None:
    assert unpack(None, ROOT) == {}


@pytest.mark.parametrize("position", ["", "7", "z!", "zAAAA", '{"a": 1}', '{"a": [1]}', "0x00000000000007D1"])
def test_a_position_of_another_home_is_refused_and_never_nothing(position: str) -> None:
    with pytest.raises(Refused) as caught:
        unpack(position, ROOT)
    assert caught.value.code == "HYG407"


def one(path: str, size: int = 1, changed: int = 1) -> Found:
    return Found(path=path, size=size, modified_ns=changed)


def test_a_file_that_is_away_is_remembered() -> None:
    first = pack([one("a"), one("b")], ROOT, {})
    away = pack([one("b")], ROOT, unpack(first, ROOT))
    assert away == first
    assert pack([one("a", 2), one("b")], ROOT, unpack(away, ROOT)) != first


def test_of_very_many_files_that_are_away_those_that_changed_last_are_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(position_module, "MOST_AWAY", 2)
    before = {name: (1, changed, "") for name, changed in (("a", 3), ("b", 1), ("c", 2), ("d", 0))}
    assert set(unpack(pack([one("d", 1, 0)], ROOT, before), ROOT)) == {"a", "c", "d"}


@pytest.mark.parametrize(
    ("root", "path"),
    [
        (ROOT, "t/a"),
        ("file:///data", "in/t/a"),
        ("file:///data/in/t", "a"),
        ("file:///data/in/other", f"{ROOT}/t/a"),
        ("file:///data/i", "t/a"),
        ("file:///moved/in", "t/a"),
    ],
)
def test_a_file_is_known_below_another_root_and_where_the_root_was_moved(root: str, path: str) -> None:
    assert set(unpack(pack([one("t/a")], ROOT, {}), root)) == {path}


def test_what_lies_outside_a_narrower_root_is_known_again_below_the_wide_one() -> None:
    wide = pack([one("orders/a"), one("customers/b")], ROOT, {})
    narrow = f"{ROOT}/orders"
    known = pack([one("a")], narrow, unpack(wide, narrow))
    assert set(unpack(known, ROOT)) == {"orders/a", "customers/b"}


def test_a_position_without_a_root_as_older_versions_wrote_it_is_taken_for_one_below_today_s() -> None:
    assert unpack('{"a":[1,2]}', ROOT) == {"a": (1, 2, "")}
