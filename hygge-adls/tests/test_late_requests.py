"""A request that the service carries out long after it was given up changes nothing any more."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adls_server import AdlsServer, faults
from hygge.errors import HyggeError, TransientError
from hygge.files.layout import layout
from hygge.model import Mode, Receipt
from hygge.testing.trials import Splits, batches_of
from hygge.testing.values import counted, make_job, target
from hygge_adls import account as accounts
from hygge_adls.dfs import DfsFileSystem
from hygge_adls.store import AdlsStore

if TYPE_CHECKING:
    from azure.storage.filedatalake import FileSystemClient

    from hygge.model import CommitPlan, Job

OLD: Splits = {"a": (0, 5, "old")}
NEW: Splits = {"a": (100, 104, "new"), "b": (104, 110, "new")}


def planned(config: Mapping[str, Any], entity: str, mode: Mode, base: Receipt | None) -> Job:
    identity = AdlsStore(config).identity(target(entity))
    return make_job(entity, store_type="adls", store=config, target_identity=identity, mode=mode, base=base)


def sealed(store: AdlsStore, job: Job, splits: Splits) -> CommitPlan:
    return store.seal(job, [store.stage(job, name, batches_of(split)) for name, split in splits.items()])


def visible(lake: FileSystemClient, entity: str) -> Any:
    """What a reader of the folder sees."""
    found = [one.name for one in lake.get_paths(f"out/{entity}") if not one.is_directory]
    files = [BytesIO(lake.get_file_client(name).download_file().readall()) for name in found]
    return counted(pa.concat_tables(map(pq.read_table, files)))


@pytest.mark.parametrize("finished_by", ["itself", "another"])
@pytest.mark.parametrize("mode", ["replace", "append"])
def test_whichever_request_of_a_commit_comes_late_readers_keep_what_they_have(
    account: Mapping[str, Any],
    lake: FileSystemClient,
    server: AdlsServer,
    monkeypatch: pytest.MonkeyPatch,
    mode: Mode,
    finished_by: str,
) -> None:
    """The client hears nothing of it, asks again or gives up; somebody finishes; then it is carried out."""
    monkeypatch.setitem(accounts.TIMEOUTS, "read_timeout", 0.15)
    config = {**account, "path": "out", "timeout": 10}
    hasty = {**config, "timeout": 0.01} if finished_by == "another" else config
    for number in itertools.count():
        entity, store, late = f"e{number}", AdlsStore(config), threading.Event()
        base = store.commit(job := planned(config, entity, "replace", None), sealed(store, job, OLD))
        job = planned(config, entity, mode, base)
        plan = sealed(store, job, NEW)
        since = len(server.log)
        server.faults.add(faults.held(late), skip=number)
        try:
            AdlsStore(hasty).commit(job, plan)
        except HyggeError:
            AdlsStore(config).commit(job, plan)
        happened = [one for one in list(server.log)[since:] if one.fault]
        server.faults.clear()
        before = visible(lake, entity)
        late.set()
        server.settled()
        assert visible(lake, entity) == before, happened
        state = AdlsStore(config).state(target(entity))
        assert (state.damage, state.pending, state.foreign) == (None, None, None), happened
        assert state.receipt is not None
        assert state.receipt.job_id == job.id, happened
        if not happened:
            assert number > 8, "every request of a commit was late once"
            return


@pytest.mark.parametrize("moment", ["claim", "listing", "put out", "put in", "done"])
def test_a_part_that_was_given_up_lands_whenever_it_comes_in_nothing_that_anybody_reads(
    account: Mapping[str, Any],
    lake: FileSystemClient,
    server: AdlsServer,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    """Its split was staged anew under another name, beside where it will be."""
    monkeypatch.setitem(accounts.TIMEOUTS, "read_timeout", 0.5)
    config = {**account, "path": "out", "timeout": 0.01}
    store, late, real = AdlsStore(config), threading.Event(), DfsFileSystem.rename
    base = store.commit(job := planned(config, "e", "replace", None), sealed(store, job, OLD))
    store.state(target("e"))
    job = planned(config, "e", "replace", base)
    server.faults.add(faults.held(late), operation="put-blob")
    with pytest.raises(TransientError):
        store.stage(job, "b", batches_of(NEW["b"]))
    plan = sealed(store, job, NEW)

    def now(at: str) -> None:
        if at == moment:
            late.set()
            server.settled()

    def rename(self: DfsFileSystem, source: str, destination: str, **more: Any) -> None:
        now("put in" if destination == "e" else "put out" if source == "e" else "")
        real(self, source, destination, **more)

    def passed(point: str) -> None:
        now({"receipts.claimed": "listing", "commit.claiming": "claim"}.get(point, ""))

    monkeypatch.setattr(DfsFileSystem, "rename", rename)
    for module in ("receipts", "landing"):
        monkeypatch.setattr(f"hygge.files.{module}.failpoint", passed)
    assert store.commit(job, plan).job_id == job.id
    now("done")
    assert visible(lake, "e") == counted([b for split in NEW.values() for b in batches_of(split)])
    store.sweep(target("e"), ())
    monkeypatch.setattr("hygge.files.store.begun_long_ago", lambda job_id: True)
    store.sweep(target("e"), ())
    left = [one.name for one in lake.get_paths("out/.hygge") if "/part-" in one.name]
    assert left == []


def test_what_is_lost_while_staging_is_known_to_who_commits_although_they_signed_in_apart(
    account: Mapping[str, Any], server: AdlsServer
) -> None:
    """As where a signature was renewed in between: they share no connection."""
    one, other = (AdlsStore({**account, "path": "out", "timeout": seconds}) for seconds in (5, 6))
    assert one._files is not other._files
    server.faults.add(faults.applied_then(500), operation="put-blob")
    job = planned(other.config, "e", "replace", None)
    new = layout("{entity}", "e").new(job.id)
    assert not one._files.in_doubt(new)
    other.stage(job, "a", batches_of(OLD["a"]))
    assert one._files.in_doubt(new)
