"""The local disk keeps what `FileSystem` promises."""

from __future__ import annotations

import errno
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hygge.errors import HyggeError, LeaseHeld
from hygge.files import local
from hygge.files.local import LocalFileSystem


def without_nameless_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the disk one that has no O_TMPFILE, as a network share has not."""
    real = os.open

    def refusing(path: Any, flags: int, *more: Any, **others: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return real(path, flags, *more, **others)

    monkeypatch.setattr(local.os, "open", refusing)


@pytest.fixture(params=["nameless", "named"])
def either(request: pytest.FixtureRequest, files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch) -> Any:
    if request.param == "named":
        without_nameless_files(monkeypatch)
    return files


def test_create_makes_a_whole_file_and_its_folders(either: LocalFileSystem) -> None:
    assert either.create("a/b/c.json", b"one")
    assert either.read("a/b/c.json") == b"one"
    assert [entry.name for entry in either.list("a/b")] == ["c.json"]
    assert os.listdir(either.path("a/b")) == ["c.json"]


def test_create_leaves_a_file_that_is_there_alone(either: LocalFileSystem) -> None:
    either.create("c.json", b"one")
    assert not either.create("c.json", b"two")
    assert either.read("c.json") == b"one"


def test_of_many_creators_one_wins_and_nobody_sees_half_a_file(either: LocalFileSystem) -> None:
    for number in range(20):
        start = threading.Barrier(4)

        def create(who: int, number: int = number, start: threading.Barrier = start) -> bool:
            start.wait()
            return either.create(f"{number}", bytes([who]) * 10_000)

        with ThreadPoolExecutor(4) as pool:
            won = list(pool.map(create, range(4)))
        assert sum(won) == 1
        assert either.read(f"{number}") == bytes([won.index(True)]) * 10_000
    assert len(os.listdir(either.root)) == 20


def test_replace_is_one_step_and_leaves_no_other_file(files: LocalFileSystem) -> None:
    files.replace("heads.json", b"one")
    files.replace("heads.json", b"two")
    assert files.read("heads.json") == b"two"
    assert os.listdir(files.root) == ["heads.json"]


def test_a_new_file_refuses_a_name_that_is_taken(files: LocalFileSystem) -> None:
    files.create("part", b"")
    with pytest.raises(FileExistsError):
        files.write("part")


def test_a_stream_writes_all_it_is_given(files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    class Short:
        """A disk that takes three bytes at a time."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: Any) -> int:
            return int(self._file.write(bytes(data)[:3]))

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    stream: Any = files.write("part")
    monkeypatch.setattr(stream, "_file", Short(stream._file))
    assert stream.write(b"0123456789") == 10
    stream.sync()
    stream.close()
    stream.close()
    assert files.read("part") == b"0123456789"
    assert stream.tell() == 10


def test_a_range_of_a_file_is_read(files: LocalFileSystem) -> None:
    files.create("file", b"0123456789")
    assert files.read("file", 7) == b"789"
    assert files.read("file", 2, 3) == b"234"
    with pytest.raises(FileNotFoundError):
        files.read("none")


def test_a_listing_is_sorted_and_empty_where_nothing_is(files: LocalFileSystem) -> None:
    for name in ("b", "a", "c/d"):
        files.create(name, b"12")
    assert [(e.name, e.size, e.folder) for e in files.list("")] == [
        ("a", 2, False),
        ("b", 2, False),
        ("c", 0, True),
    ]
    assert files.list("none") == files.list("a") == []
    assert files.info("none") is files.info("a/below") is None


def test_rename_replaces_unless_told_otherwise(files: LocalFileSystem) -> None:
    files.create("a", b"a")
    files.create("b", b"b")
    with pytest.raises(FileExistsError):
        files.rename("a", "b", replace=False)
    assert (files.read("a"), files.read("b")) == (b"a", b"b")
    files.rename("a", "c", replace=False)
    assert files.info("a") is None
    files.rename("c", "b")
    assert files.read("b") == b"a"
    for replace in (True, False):
        with pytest.raises(FileNotFoundError):
            files.rename("a", "b2", replace=replace)


def test_a_swap_done_twice_undoes_itself(files: LocalFileSystem) -> None:
    files.create("one/1", b"")
    files.create("other/2", b"")
    assert files.swap("one", "other")
    assert [e.name for e in files.list("one")] == ["2"]
    assert files.swap("one", "other")
    assert [e.name for e in files.list("one")] == ["1"]
    with pytest.raises(FileNotFoundError):
        files.swap("one", "none")


def test_delete_takes_what_is_there_and_minds_nothing_else(files: LocalFileSystem, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").touch()
    files.create("folder/below/file", b"")
    os.symlink(outside, files.path("folder/link"))
    for _ in range(2):
        files.delete("folder")
    assert files.info("folder") is None
    assert (outside / "kept").exists()


def test_a_file_that_cannot_be_deleted_is_named_with_its_folder(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.create("a/b/file", b"x")

    def failing(path: str, *_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error", path)

    monkeypatch.setattr(local.os, "unlink", failing)
    with pytest.raises(OSError, match="Input/output") as caught:
        files.delete("a")
    assert caught.value.filename == str(files.path("a/b/file"))


def test_an_address_follows_links_and_stays_the_same_once_the_folder_is_made(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    os.symlink(tmp_path / "real", tmp_path / "link")
    one, other = LocalFileSystem(tmp_path / "real"), LocalFileSystem(tmp_path / "link")
    before = one.address("a b/ü")
    one.make_folder("a b/ü")
    assert before == one.address("a b/ü") == other.address("a b/ü")
    assert before.startswith("file:///")


def test_every_new_folder_is_synced_where_its_name_is_kept(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(local.os, "fsync", noting)
    files.make_folder("a/b/c")
    root = str(files.root)
    assert synced == [str(files.root.parent), root, f"{root}/a", f"{root}/a/b"]


def test_a_file_is_synced_before_it_has_a_name_and_its_folder_after(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    files.make_folder("")
    steps: list[str] = []
    for name in ("fsync", "link", "replace"):
        real = getattr(os, name)

        def noting(*given: Any, name: str = name, real: Any = real, **more: Any) -> Any:
            steps.append(name)
            return real(*given, **more)

        monkeypatch.setattr(local.os, name, noting)
    files.create("claim", b"all of it")
    assert steps == ["fsync", "link", "fsync"]
    steps.clear()
    files.replace("claim", b"something else")
    assert steps == ["fsync", "replace", "fsync"]


def test_a_lock_tells_its_holder_and_ends_with_it(files: LocalFileSystem) -> None:
    with files.lock("locks/f.lock", {"pid": "17", "host": "here"}):
        with pytest.raises(LeaseHeld) as caught, files.lock("locks/f.lock", {}):
            pass
        assert "pid 17, host here" in str(caught.value)
        assert caught.value.details == {"pid": "17", "host": "here"}
    with files.lock("locks/f.lock", {}):
        pass


def test_a_lock_file_of_somebody_else_is_no_reason_to_fail(files: LocalFileSystem) -> None:
    files.create("f.lock", b"\xff not JSON")
    with (
        files.lock("f.lock", {"pid": "1"}),
        pytest.raises(LeaseHeld, match="pid 1"),
        files.lock("f.lock", {}),
    ):
        pass


def test_a_disk_that_only_pretends_to_lock_is_refused(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl

    monkeypatch.setattr(fcntl, "flock", lambda handle, how: None)
    with pytest.raises(HyggeError) as caught, files.lock("f.lock", {}):
        pass
    assert caught.value.code == "HYG504"


def test_a_disk_without_locks_is_refused(files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    def none(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(HyggeError) as caught, files.lock("f.lock", {}):
        pass
    assert caught.value.code == "HYG504"
    assert "local disk" in caught.value.remedy


def test_a_folder_that_cannot_be_made_is_an_error_and_no_endless_attempt() -> None:
    with pytest.raises(FileNotFoundError):
        LocalFileSystem("/proc").make_folder("nothing/can/be/made/here")


def test_many_threads_may_make_the_same_deep_folder(tmp_path: Path) -> None:
    for round_ in range(30):
        files = LocalFileSystem(tmp_path / str(round_))
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(files.make_folder, [f"a/b/c/{n}" for n in range(8)]))
        assert len(files.list("a/b/c")) == 8


@pytest.mark.parametrize("do", ["create", "replace", "sync", "write"])
def test_an_error_of_an_open_file_names_it(
    files: LocalFileSystem, monkeypatch: pytest.MonkeyPatch, do: str
) -> None:
    files.make_folder("a")

    def failing(handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(local.os, "fsync", failing)
    stream = files.write("a/stream")
    calls = {
        "create": lambda: files.create("a/new", b"x"),
        "replace": lambda: files.replace("a/new", b"x"),
        "sync": lambda: files.sync("a"),
        "write": stream.sync,
    }
    with pytest.raises(OSError, match="Input/output") as caught:
        calls[do]()
    stream.close()
    assert str(caught.value.filename).startswith(str(files.path("a")))
