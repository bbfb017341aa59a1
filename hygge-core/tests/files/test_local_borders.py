"""The local disk where it does less than it was asked, or another has begun something there."""

from __future__ import annotations

import errno
import fcntl
import io
import os
from typing import TYPE_CHECKING, Any

import pytest

from hygge.errors import LeaseHeld
from hygge.files import local

if TYPE_CHECKING:
    from hygge.files.local import LocalFileSystem


def test_what_a_killed_process_was_writing_is_no_entry(files: LocalFileSystem) -> None:
    files.create("a/file", b"x")
    files.path("a/.heads.json.tmp").write_bytes(b"half of i")
    assert [entry.name for entry in files.list("a")] == ["file"]


def test_a_write_that_takes_a_part_is_gone_on_with(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.make_folder("")

    class Short(io.FileIO):
        def write(self, data: Any, /) -> int:
            return super().write(bytes(data)[:3])

    monkeypatch.setattr(local, "open", lambda path, *_, **__: Short(path, "x"), raising=False)
    stream = files.write("a")
    assert stream.write(b"more than three") == 15
    assert stream.write(b", and more") == 10
    assert stream.tell() == 25
    stream.close()
    assert files.path("a").read_bytes() == b"more than three, and more"


@pytest.mark.parametrize("how", ["create", "replace"])
def test_a_small_file_is_whole_also_if_the_disk_takes_it_in_parts(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    files.make_folder("")
    real = os.write
    monkeypatch.setattr(local.os, "write", lambda handle, data: real(handle, bytes(data)[:3]))
    getattr(files, how)("claim", b"more than three")
    assert files.path("claim").read_bytes() == b"more than three"


def test_a_file_that_could_not_be_written_leaves_nothing_where_files_need_a_name(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.make_folder("")
    real = os.open

    def named(path: Any, flags: int, *more: Any, **others: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return real(path, flags, *more, **others)

    def full(handle: int, data: Any) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(local.os, "open", named)
    monkeypatch.setattr(local.os, "write", full)
    with pytest.raises(OSError, match="No space"):
        files.create("claim", b"x")
    assert os.listdir(files.root) == []


def test_a_lock_tells_of_its_last_holder_and_nothing_of_one_before(files: LocalFileSystem) -> None:
    with files.lock("f.lock", {"pid": "1234567", "host": "a-host-with-a-long-name"}):
        pass
    with (
        files.lock("f.lock", {"pid": "8"}),
        pytest.raises(LeaseHeld, match=r"'f': pid 8$|'f': pid 8\n") as caught,
        files.lock("f.lock", {}),
    ):
        pass
    assert caught.value.details == {"pid": "8"}


def test_a_lock_whose_holder_has_not_said_who_it_is_is_held_all_the_same(files: LocalFileSystem) -> None:
    files.create("f.lock", b"\xff{")
    with files.path("f.lock").open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(LeaseHeld, match="an unknown process"), files.lock("f.lock", {}):
            pass
