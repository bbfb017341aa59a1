"""Locks on ADLS: held by one, renewed while they are held, told when they are lost."""

from __future__ import annotations

import json
import threading
import time
import uuid
from typing import TYPE_CHECKING

import pytest
from azure.storage.filedatalake import DataLakeLeaseClient

from adls_server import AdlsServer, faults
from hygge.errors import LeaseHeld
from hygge_adls import leasing
from hygge_adls.dfs import DfsFileSystem

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient


def test_two_holders_never_hold_one_lock(files: DfsFileSystem) -> None:
    second = files.lock("f.lock", {})
    with (
        files.lock("f.lock", {"host": "hüt", "pid": "7"}),
        pytest.raises(LeaseHeld, match="hüt, pid 7"),
        second,
    ):
        pass
    with files.lock("f.lock", {}):
        pass


@pytest.mark.parametrize("fault", [None, faults.throttled(429), faults.reset(applied=False)])
def test_a_lock_outlives_its_time_while_it_is_renewed(
    files: DfsFileSystem, server: AdlsServer, monkeypatch: pytest.MonkeyPatch, fault: faults.Fault | None
) -> None:
    monkeypatch.setattr(leasing, "RENEWED", 0.01)
    monkeypatch.setattr(leasing, "AGAIN", 0.01)
    with files.lock("f.lock", {}):
        for _ in range(3):
            if fault is not None:
                server.faults.add(fault, operation="lease")
            server.clock.advance(40)
            asked = len(server.log.of("lease"))
            while len(server.log.of("lease")) < asked + 3:  # one may have been on its way, one may fail
                time.sleep(0.01)
            with pytest.raises(LeaseHeld), files.lock("f.lock", {}):
                pass
    with files.lock("f.lock", {}):
        pass


def test_a_renewal_that_failed_is_soon_tried_again(
    files: DfsFileSystem, server: AdlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "RENEWED", 0.05)
    monkeypatch.setattr(leasing, "AGAIN", 0.01)
    with files.lock("f.lock", {}):
        server.faults.add(faults.fails(500), operation="lease")
        monkeypatch.setattr(leasing, "RENEWED", 3600)  # what comes after the next renewal
        until = time.monotonic() + 30
        while not _renewed_after_a_fault(server):
            assert time.monotonic() < until, "the lease would have run out"
            time.sleep(0.01)


def _renewed_after_a_fault(server: AdlsServer) -> bool:
    asked = [bool(one.fault) for one in server.log.of("lease")]
    return True in asked and False in asked[asked.index(True) :]


def test_a_renewal_without_an_answer_does_not_cost_the_lock(
    files: DfsFileSystem, server: AdlsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leasing, "RENEWED", 0.01)
    monkeypatch.setattr(leasing, "AGAIN", 0.01)
    monkeypatch.setitem(leasing.TIMEOUTS, "read_timeout", 0.1)
    answered = threading.Event()
    with files.lock("f.lock", {}):
        server.faults.add(faults.held(answered), operation="lease")
        asked = len(server.log.of("lease"))
        while len(server.log.of("lease")) < asked + 3:  # the one without an answer is not waited for
            time.sleep(0.01)
        answered.set()


def test_a_lock_that_was_lost_is_told_once(
    files: DfsFileSystem,
    lake: FileSystemClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(leasing, "RENEWED", 0.01)
    monkeypatch.setattr(leasing, "AGAIN", 0.01)
    with files.lock("f.lock", {}):
        DataLakeLeaseClient(lake.get_file_client("a root/b/f.lock")).break_lease(lease_break_period=0)
        while not caplog.records:
            time.sleep(0.01)
        time.sleep(0.1)  # many pauses
    assert len([one for one in caplog.records if "is lost" in one.message]) == len(caplog.records) == 1


def test_a_lock_ends_with_a_dead_holder(
    files: DfsFileSystem, server: AdlsServer, lake: FileSystemClient
) -> None:
    dead = lake.get_file_client("a root/b/dead.lock")
    dead.create_file()
    dead.acquire_lease(60, lease_id=str(uuid.uuid4()))
    with pytest.raises(LeaseHeld), files.lock("dead.lock", {}):
        pass
    server.clock.advance(61)
    with files.lock("dead.lock", {}):
        pass


def test_a_lease_that_somebody_is_breaking_is_held(files: DfsFileSystem, lake: FileSystemClient) -> None:
    with files.lock("f.lock", {"pid": "7"}):
        DataLakeLeaseClient(lake.get_file_client("a root/b/f.lock")).break_lease(lease_break_period=30)
        with pytest.raises(LeaseHeld, match="pid 7"), files.lock("f.lock", {}):
            pass


def test_work_that_is_done_stands_though_its_lock_cannot_be_let_go(
    files: DfsFileSystem, server: AdlsServer
) -> None:
    with files.lock("f.lock", {}):
        files.create("done", b"")
        server.faults.add(faults.fails(500), operation="lease", times=None)
    server.faults.clear()
    assert files.info("done") is not None
    server.clock.advance(61)
    with files.lock("f.lock", {}):
        pass


def test_a_lock_whose_file_is_gone_is_lost(
    files: DfsFileSystem,
    lake: FileSystemClient,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(leasing, "RENEWED", 0.01)
    with files.lock("f.lock", {}):
        file = lake.get_file_client("a root/b/f.lock")
        holder = json.loads(file.get_file_properties().metadata["hygge_holder"])
        file.delete_file(lease=holder["lease_id"])
        until = time.monotonic() + 30
        while not caplog.records:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert "is lost" in caplog.records[0].message
