"""What becomes of a promise when an answer is lost, late, or never comes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from streams import put

from adls_server import AdlsServer, faults
from hygge.errors import TransientError
from hygge_adls.account import TIMEOUTS, open_files
from hygge_adls.dfs import DfsFileSystem
from hygge_adls.upload import CHUNK

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient


LOST = {
    "500 though done": faults.applied_then(500),
    "503 though done": faults.applied_then(503, "ServerBusy"),
    "reset after": faults.reset(applied=True),
}


def test_a_request_without_an_answer_is_asked_again(
    account: Mapping[str, Any], server: AdlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TIMEOUTS, "read_timeout", 0.2)
    files = open_files({**account, "timeout": 30}, "a root/of its own")
    answered = threading.Event()
    server.faults.add(faults.held(answered), operation="put-blob")
    assert files.create("x", b"1")
    answered.set()
    assert files.read("x") == b"1"


def test_the_sdk_asks_nothing_again_by_itself(account: Mapping[str, Any], server: AdlsServer) -> None:
    files = open_files({**account, "timeout": 0.001}, "a root/of its own")
    for fault in (faults.fails(503), faults.reset(applied=False)):
        server.faults.add(fault, operation="put-blob")
        asked = len(server.log.of("put-blob"))
        with pytest.raises(TransientError):
            files.create("x", b"1")
        assert len(server.log.of("put-blob")) == asked + 1


def locked(files: DfsFileSystem) -> None:
    with files.lock("x", {}):
        pass


def foldered(files: DfsFileSystem) -> None:
    files.make_folder("x")


Act = Callable[[DfsFileSystem], object]


ACTS: Mapping[str, tuple[str, Act]] = {
    "create": ("put-blob", lambda files: files.create("x", b"x")),
    "replace": ("put-blob", lambda files: files.replace("x", b"x")),
    "small": ("put-blob", lambda files: put(files, "x", b"x")),
    "begin": ("create", lambda files: files.log("x").close()),
    "begin a large one": ("create", lambda files: put(files, "x", b"x" * (CHUNK + 1))),
    "append": ("append", lambda files: put(files, "x", b"x" * (CHUNK + 1))),
    "flush": ("flush", lambda files: put(files, "x", b"x" * (CHUNK + 1))),
    "rename": ("rename", lambda files: files.rename("there", "x")),
    "rename, not over another": ("rename", lambda files: files.rename("there", "x", replace=False)),
    "delete": ("delete", lambda files: files.delete("there")),
    "make a folder": ("create", foldered),
    "lock": ("lease", locked),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=list(LOST))
@pytest.mark.parametrize("act", ACTS)
def test_a_lost_answer_is_no_lost_deed(
    files: DfsFileSystem, server: AdlsServer, act: str, lost: faults.Fault
) -> None:
    operation, do = ACTS[act]
    put(files, "there", b"x")
    since = len(server.log)
    server.faults.add(lost, operation=operation)
    assert do(files) in (None, True)
    assert [one.operation for one in list(server.log)[since:] if one.fault] == [operation]
    found = files.info("there" if act == "delete" else "x")
    assert (found is None) == (act == "delete")


@pytest.mark.parametrize("there", ["what was flushed before", "another file of that size", "nothing"])
def test_a_flush_that_was_lost_and_then_refused_is_no_success(
    files: DfsFileSystem, server: AdlsServer, lake: FileSystemClient, there: str
) -> None:
    stream = files.log("log")
    stream.write(b"one")
    stream.sync()
    client = lake.get_file_client("a root/b/log")
    if there == "another file of that size":
        client.upload_data(b"sixsix", overwrite=True)
    if there == "nothing":
        client.delete_file()
    server.faults.add(faults.reset(applied=False), operation="append")
    server.faults.add(faults.fails(400, "InvalidFlushPosition"), operation="append")
    server.faults.add(faults.throttled(429), operation="properties")  # while it is asked what became of it
    stream.write(b"two")
    with pytest.raises(OSError, match="InvalidFlushPosition"):
        stream.sync()


def test_a_rename_of_nothing_is_no_success_although_an_answer_was_lost(
    files: DfsFileSystem, server: AdlsServer
) -> None:
    server.faults.add(faults.reset(applied=False), operation="rename")
    with pytest.raises(FileNotFoundError):
        files.rename("nothing", "x")
