"""A position tells every content of every file from another, and says the same of the same files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hygge.errors import Refused
from hygge.files.discovery import Found
from hygge.files.position import PLAIN, pack, unpack

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
    position = pack(files)
    assert unpack(position) == {one.path: one.content for one in files}
    random.shuffle(files)  # type: ignore[attr-defined]  # a random.Random
    assert pack(files) == position


def test_a_long_list_is_kept_as_exactly_as_a_short_one() -> None:
    files = [Found(path=f"d/{n}.parquet", size=n, modified_ns=n, version="v") for n in range(PLAIN)]
    assert unpack(pack(files)) == {one.path: one.content for one in files}
    assert pack(reversed(files)) == pack(files)


def test_nothing_was_read_where_there_is_no_position() -> None:
    assert unpack(None) == {}


@pytest.mark.parametrize("position", ["", "7", "z!", "zAAAA", '{"a": 1}', '{"a": [1]}', "0x00000000000007D1"])
def test_a_position_of_another_home_is_refused_and_never_nothing(position: str) -> None:
    with pytest.raises(Refused) as caught:
        unpack(position)
    assert caught.value.code == "HYG407"
