"""A lease that a killed process left is taken over at once on its host, and by one only."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from adls_server import AdlsServer, faults
from hygge.errors import LeaseHeld
from hygge_adls.account import open_files
from hygge_adls.process import has_ended, myself

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient

    from hygge_adls.dfs import DfsFileSystem

HOLDING = """
import json, sys
from hygge_adls.account import open_files
files = open_files(json.loads(sys.argv[1]), "root")
with files.lock("f.lock", {"pid": "1"}):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def files(account: Mapping[str, Any]) -> DfsFileSystem:
    return open_files({**account, "timeout": 5}, "root")


def left_behind(account: Mapping[str, Any]) -> None:
    """A lock taken by a process that was then killed."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDING, json.dumps(dict(account))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    holder.send_signal(signal.SIGKILL)
    holder.communicate()


def metadata(lake: FileSystemClient) -> dict[str, Any]:
    found = lake.get_file_client("root/f.lock").get_file_properties().metadata["hygge_holder"]
    return dict(json.loads(found))


def tell(lake: FileSystemClient, **told: str) -> None:
    """Change what the lock says of its holder."""
    lease = metadata(lake)["lease_id"]
    changed = json.dumps({**metadata(lake), **told})
    lake.get_file_client("root/f.lock").set_metadata({"hygge_holder": changed}, lease=lease)


def test_what_a_killed_process_held_is_taken_over_at_once(
    files: DfsFileSystem, account: Mapping[str, Any], lake: FileSystemClient
) -> None:
    left_behind(account)
    with files.lock("f.lock", {"pid": "2"}):
        assert metadata(lake)["pid"] == "2"
        with pytest.raises(LeaseHeld, match="pid 2"), files.lock("f.lock", {}):
            pass
    with files.lock("f.lock", {}):
        pass


def test_what_a_process_of_another_host_held_runs_out(
    files: DfsFileSystem, account: Mapping[str, Any], lake: FileSystemClient, server: AdlsServer
) -> None:
    left_behind(account)
    _, pid, begun = metadata(lake)["process"].split()
    tell(lake, process=f"another-boot/pid:[1] {pid} {begun}")
    with pytest.raises(LeaseHeld), files.lock("f.lock", {}):
        pass
    server.clock.advance(61)
    with files.lock("f.lock", {}):
        pass


def test_of_two_who_take_over_the_slower_one_fails(
    files: DfsFileSystem, account: Mapping[str, Any], lake: FileSystemClient
) -> None:
    left_behind(account)
    dead = metadata(lake)
    with files.lock("f.lock", {"pid": "2"}):
        # What the slower one has read is from before.
        lease = metadata(lake)["lease_id"]
        told = {"hygge_holder": json.dumps(dead)}
        lake.get_file_client("root/f.lock").set_metadata(told, lease=lease)
        with pytest.raises(LeaseHeld), files.lock("f.lock", {"pid": "3"}):
            pass


def test_a_lock_that_could_not_tell_its_holder_is_let_go(files: DfsFileSystem, server: AdlsServer) -> None:
    server.faults.add(faults.fails(403, "AuthorizationFailure"), operation="set-metadata")
    with pytest.raises(PermissionError), files.lock("f.lock", {}):
        pass
    with files.lock("f.lock", {}):
        pass


def test_a_holder_that_lives_or_is_unknown_has_not_ended() -> None:
    mine = myself()
    where, pid, begun = mine.split()
    assert not has_ended(mine)
    assert has_ended(f"{where} {pid} {int(begun) + 1}")  # the number was given again
    assert not has_ended(f"elsewhere {pid} {int(begun) + 1}")
    assert not any(map(has_ended, ("", "x", f"{where}", f"{where} {pid}", f"{where} x {begun}")))


def test_where_the_host_cannot_be_told_nobody_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hygge_adls.process._where", lambda: "")
    assert myself() == ""
    assert not has_ended(" 999999999 123")


def test_a_process_that_cannot_be_looked_at_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    where, pid, _ = myself().split()
    monkeypatch.setattr("hygge_adls.process._begun", lambda number: None)
    assert not has_ended(f"{where} {pid} 1")


def test_a_process_that_nobody_has_waited_for_has_ended() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    where = myself().split()[0]
    with open(f"/proc/{child.pid}/stat") as stat:
        begun = stat.read().rpartition(")")[2].split()[19]
    name = f"{where} {child.pid} {begun}"
    assert not has_ended(name)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert has_ended(name)
    child.communicate()
    assert has_ended(name)


def test_what_was_taken_over_is_held_from_then_on(
    files: DfsFileSystem, account: Mapping[str, Any], server: AdlsServer
) -> None:
    left_behind(account)
    server.clock.advance(50)
    with files.lock("f.lock", {"pid": "2"}):
        server.clock.advance(20)  # the first holder's time is over
        with pytest.raises(LeaseHeld, match="pid 2"), files.lock("f.lock", {}):
            pass


@pytest.mark.parametrize("said", ["", "{", "[]", "3"])
def test_a_holder_that_says_nothing_useful_is_an_unknown_one(
    files: DfsFileSystem, lake: FileSystemClient, said: str
) -> None:
    with files.lock("f.lock", {"pid": "2"}):
        file, told = lake.get_file_client("root/f.lock"), {"hygge_holder": said} if said else {}
        file.set_metadata(told, lease=metadata(lake)["lease_id"])
        with pytest.raises(LeaseHeld, match="an unknown process"), files.lock("f.lock", {}):
            pass


def test_a_lease_s_id_is_for_its_holder_alone(files: DfsFileSystem, lake: FileSystemClient) -> None:
    with files.lock("f.lock", {"pid": "2", "host": "h"}):
        with pytest.raises(LeaseHeld) as caught, files.lock("f.lock", {}):
            pass
        assert metadata(lake)["lease_id"] not in str(caught.value)
        assert caught.value.details == {"pid": "2", "host": "h"}
