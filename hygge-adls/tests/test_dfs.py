"""The file-system interface on ADLS: each promise."""

from __future__ import annotations

import errno
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from streams import put

from adls_server import AdlsServer, faults
from hygge.errors import ConfigurationError
from hygge_adls.account import open_files
from hygge_adls.dfs import DfsFileSystem, Known
from hygge_adls.upload import CHUNK

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient


def test_a_whole_file_is_made_once(files: DfsFileSystem) -> None:
    assert files.create("r/1", b"first")
    assert not files.create("r/1", b"second")
    assert files.read("r/1") == b"first"


def test_a_file_is_replaced_whole(files: DfsFileSystem) -> None:
    files.replace("r/1", b"one and a half")
    files.replace("r/1", b"two")
    assert files.read("r/1") == b"two"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 5])
def test_a_stream_gives_back_what_was_written(files: DfsFileSystem, size: int) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    put(files, "s", data[:size])
    assert files.read("s") == data[:size]
    info = files.info("s")
    assert info is not None
    assert info.size == size


def test_nothing_shows_before_the_sync_and_all_of_it_after(files: DfsFileSystem) -> None:
    stream = files.log("log")
    seen = []
    for line in (b"one", b"two", b"three"):
        stream.write(line)
        seen.append(files.read("log"))
        stream.sync()
    assert seen == [b"", b"one", b"onetwo"]
    assert files.read("log") == b"onetwothree"


def test_a_file_that_is_there_is_not_written_again(files: DfsFileSystem) -> None:
    put(files, "s", b"there")
    for data in (b"", b"short", b"x" * (CHUNK + 1)):
        with pytest.raises(FileExistsError):
            put(files, "s", data)
    with pytest.raises(FileExistsError):
        files.log("s")
    assert files.read("s") == b"there"


def test_a_small_file_is_one_request(files: DfsFileSystem, server: AdlsServer) -> None:
    since = len(server.log)
    put(files, "small", b"x" * (CHUNK - 1))
    assert [one.operation for one in list(server.log)[since:]] == ["put-blob"]
    assert files.read("small") == b"x" * (CHUNK - 1)


def test_a_listing_names_files_and_folders_sorted_page_by_page(
    files: DfsFileSystem, server: AdlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hygge_adls.dfs.PAGE", 2)
    for name in ("c", "a", "d/x", "b", "e"):
        files.create(f"f/{name}", name.encode())
    assert [(one.name, one.folder, one.size) for one in files.list("f")] == [
        ("a", False, 1),
        ("b", False, 1),
        ("c", False, 1),
        ("d", True, 0),
        ("e", False, 1),
    ]
    assert files.list("nowhere") == []


def test_an_entry_is_the_same_asked_for_alone_and_listed(files: DfsFileSystem) -> None:
    put(files, "f/x", b"abc")
    found = files.info("f/x")
    assert found == files.list("f")[0]
    assert files.info("f/y") is None
    assert found is not None
    assert found.modified_ns % 1_000_000_000 == 0, "the service tells whole seconds"
    assert abs(found.modified_ns - time.time_ns()) < 60_000_000_000


@pytest.mark.parametrize("name", ["plain", "with space", "100%", "%41", "ü", "🙂", "a+b", "a?b#c", "x'y"])
def test_every_name_is_renamed_and_read(files: DfsFileSystem, name: str) -> None:
    put(files, f"from/{name}", b"data")
    files.make_folder("to")
    files.rename(f"from/{name}", f"to/{name}2")
    assert [one.name for one in files.list("to")] == [f"{name}2"]
    assert files.read(f"to/{name}2") == b"data"


def test_a_rename_replaces_a_file_only_if_it_may(files: DfsFileSystem) -> None:
    put(files, "new", b"new")
    put(files, "old", b"old")
    with pytest.raises(FileExistsError):
        files.rename("new", "old", replace=False)
    files.rename("new", "old")
    assert files.read("old") == b"new"
    with pytest.raises(FileNotFoundError):
        files.rename("new", "old")


def test_a_folder_that_somebody_removed_is_made_again(files: DfsFileSystem, lake: FileSystemClient) -> None:
    files.make_folder("to/here")
    put(files, "one", b"1")
    lake.delete_directory("a root/b/to")
    files.rename("one", "to/here/two")
    assert files.read("to/here/two") == b"1"
    put(files, "three", b"3")
    with pytest.raises(FileNotFoundError):
        files.rename("three", "never made/three")


def test_a_folder_goes_with_all_it_holds_and_may_be_gone(files: DfsFileSystem) -> None:
    put(files, "f/g/x", b"x")
    files.delete("f")
    files.delete("f")
    assert files.info("f/g/x") is None
    files.make_folder("f/g")
    assert files.list("f/g") == []


def test_a_file_that_changes_while_it_is_read_is_told(files: DfsFileSystem) -> None:
    files.replace("x", b"before")
    opened = files.input("x")
    assert opened.read(3) == b"bef"
    files.replace("x", b"behind")
    with pytest.raises(OSError, match="changed meanwhile") as caught:
        opened.read(3)
    assert caught.value.errno == errno.ESTALE


def test_a_folder_that_was_moved_or_deleted_is_made_again(files: DfsFileSystem) -> None:
    for folder in ("moved", "moved/below", "deleted", "deleted/below"):
        assert files.make_folder(folder)
        assert not files.make_folder(folder)
    files.rename("moved", "elsewhere")
    files.delete("deleted")
    for folder in ("moved", "moved/below", "deleted", "deleted/below"):
        assert files.info(folder) is None
        assert files.make_folder(folder)
        assert files.info(folder) is not None


def test_folders_are_known_and_forgotten_from_many_threads() -> None:
    known = Known()

    def work(mine: int) -> None:
        for number in range(300):
            place = f"{mine}/{number}"
            known.add(place)
            assert place in known
            known.forget(place)
            assert place not in known

    for number in range(500):
        known.add(f"there/{number}")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert all(f"there/{number}" in known for number in range(500))


def test_a_file_system_that_is_not_there_is_not_empty(account: Mapping[str, Any]) -> None:
    nowhere = open_files({**account, "filesystem": "not-there", "timeout": 1}, "x")
    for ask in (lambda: nowhere.list("y"), lambda: nowhere.tree(10), lambda: nowhere.read("z")):
        with pytest.raises(OSError, match=r"no such file system|does not exist") as caught:
            ask()
        assert not isinstance(caught.value, FileNotFoundError)


def test_probing_leaves_nothing(files: DfsFileSystem, lake: FileSystemClient) -> None:
    files.probe()
    assert [one.name for one in lake.get_paths() if not one.is_directory] == []


def test_what_was_written_stays_as_it_was_given(files: DfsFileSystem) -> None:
    buffer = bytearray(b"one")
    stream = files.write("s")
    stream.write(buffer)
    buffer[:] = b"two"
    stream.sync()
    stream.close()
    assert files.read("s") == b"one"


def test_a_large_file_that_somebody_replaced_meanwhile_is_not_flushed(
    files: DfsFileSystem, server: AdlsServer, lake: FileSystemClient
) -> None:
    stream = files.write("s")
    stream.write(b"x" * CHUNK)
    while not any(one.status for one in server.log.of("append")):
        time.sleep(0.01)
    theirs = lake.get_file_client("a root/b/s")
    theirs.create_file()
    theirs.append_data(b"y" * CHUNK, 0, CHUNK)
    with pytest.raises(OSError, match="changed meanwhile"):
        stream.sync()
    stream.close()


def test_a_folder_is_not_made_where_a_file_is(files: DfsFileSystem) -> None:
    put(files, "x", b"1")
    with pytest.raises(FileExistsError, match="a file has that name"):
        files.make_folder("x")
    assert files.read("x") == b"1"


@pytest.mark.parametrize("root", ["", "/", ".", "./a//b/"])
def test_a_root_is_the_same_however_it_is_written(
    account: Mapping[str, Any], lake: FileSystemClient, root: str
) -> None:
    files = open_files({**account, "timeout": 5}, root)
    files.replace("x/y", b"1")
    where = "a/b/x/y" if "a" in root else "x/y"
    assert lake.get_file_client(where).exists()
    top = files.info("")
    assert top is not None
    assert top.folder


def test_a_service_that_moves_nothing_by_its_version_is_no_dead_end(
    files: DfsFileSystem, server: AdlsServer, caplog: pytest.LogCaptureFixture
) -> None:
    files.make_folder("there")
    seen = files.info("there")
    assert seen is not None
    server.faults.add(faults.fails(412, "SourceConditionNotMet"), operation="rename")
    files.rename("there", "elsewhere", version=seen.version)
    assert files.info("elsewhere") is not None
    assert "moves nothing by its version" in caplog.text
    with pytest.raises(OSError, match="changed meanwhile") as caught:
        files.rename("elsewhere", "there", version="0x1")
    assert caught.value.errno == errno.ESTALE


def test_a_path_that_goes_up_is_refused(account: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="goes up"):
        open_files(account, "a/../b")


def test_a_folder_that_is_there_needs_no_right_to_be_made(files: DfsFileSystem, server: AdlsServer) -> None:
    files.make_folder("there")
    files.replace("a file", b"")
    fresh = type(files)(files._files, files._blobs, files._root, files._address, files._patience)
    refused = faults.fails(403, "AuthorizationFailure")
    for name, kind in (("there", None), ("nowhere", PermissionError), ("a file", FileExistsError)):
        server.faults.add(refused, operation="create")
        if kind is None:
            assert fresh.make_folder(name) is False
            continue
        with pytest.raises(kind):
            fresh.make_folder(name)
