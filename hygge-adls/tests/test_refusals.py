"""What the service refuses is told as that, and never taken for a success or for somebody else's file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from streams import put

from adls_server import AdlsServer, faults
from hygge_adls.account import open_files
from hygge_adls.dfs import DfsFileSystem
from hygge_adls.upload import CHUNK


def locked(files: DfsFileSystem) -> None:
    with files.lock("x", {}):
        pass


ACTS: Mapping[str, tuple[str, Callable[[DfsFileSystem], object]]] = {
    "create": ("put-blob", lambda files: files.create("x", b"x")),
    "make a folder": ("create", lambda files: files.make_folder("x")),
    "lock": ("lease", locked),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_conflict_of_another_kind_does_not_mean_that_something_is_there(
    files: DfsFileSystem, server: AdlsServer, act: str
) -> None:
    operation, do = ACTS[act]
    server.faults.add(faults.fails(409, "ContainerBeingDeleted"), operation=operation)
    with pytest.raises(OSError, match="ContainerBeingDeleted"):
        do(files)


def test_a_folder_is_no_file_to_read(files: DfsFileSystem) -> None:
    files.make_folder("f")
    for path in ("f", "nothing"):
        with pytest.raises(FileNotFoundError, match="no such file"):
            files.input(path)


def test_all_there_is_is_told_up_to_the_limit_and_not_beyond(files: DfsFileSystem) -> None:
    for name in ("f/a", "f/b", "c"):
        files.create(name, b"")
    found = files.tree(4)
    assert found is not None
    assert {folder: [one.name for one in inside] for folder, inside in found.items()} == {
        "": ["c", "f"],
        "f": ["a", "b"],
    }
    assert files.tree(3) is None


def test_the_file_system_itself_is_a_folder_that_is_there(account: Mapping[str, Any]) -> None:
    assert not open_files({**account, "timeout": 5}, "").make_folder("")


def test_a_rename_that_is_tried_again_replaces_nothing_either(
    files: DfsFileSystem, server: AdlsServer
) -> None:
    """Somebody removed the folder, and somebody made it again, with a file of that name."""
    files.make_folder("to")
    put(files, "new", b"new")
    put(files, "to/old", b"old")
    server.faults.add(faults.fails(404, "RenameDestinationParentPathNotFound"), operation="rename")
    with pytest.raises(FileExistsError):
        files.rename("new", "to/old", replace=False)
    assert files.read("to/old") == b"old"
    assert files.read("new") == b"new"


def test_a_chunk_that_was_refused_fails_the_sync(files: DfsFileSystem, server: AdlsServer) -> None:
    stream = files.write("s")
    server.faults.add(faults.fails(400, "InvalidInput"), operation="append")
    stream.write(b"x" * (CHUNK + 1))
    with pytest.raises(OSError, match="InvalidInput"):
        stream.sync()
    stream.close()
    assert files.read("s") == b""


def test_a_log_takes_small_and_large_pieces_in_turn(files: DfsFileSystem) -> None:
    """Each flush is bound to the state that the one before it left."""
    stream, wanted = files.log("log"), b""
    for size in (3, CHUNK + 5, CHUNK + 7, 2, 4, CHUNK):
        piece = bytes([size % 251]) * size
        stream.write(piece)
        wanted += piece
        assert stream.tell() == len(wanted)
        stream.sync()
    assert stream.tell() == len(wanted)
    stream.close()
    assert files.read("log") == wanted


def test_an_account_has_one_name_whichever_address_leads_to_it() -> None:
    signed = {"sas": "sig=x", "filesystem": "lake"}
    urls = ("https://Lake.dfs.core.windows.net", "https://lake.blob.core.windows.net/")
    found = {open_files({**signed, "account_url": url}, "root").address("x") for url in urls}
    assert found == {"abfss://lake@lake.dfs.core.windows.net/root/x"}
