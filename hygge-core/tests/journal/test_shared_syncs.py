"""Where a sync is a request, entries of several threads share one."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pytest
from journal_place import committed

from hygge.errors import HyggeError
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.timeout(10)  # who waits in vain waits far longer


class _Remote(LocalFileSystem):
    """Its syncs are worth waiting for; it counts them."""

    commit_delay = 600.0

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.syncs = 0

    def write(self, path: str) -> Any:
        stream: Any = super().write(path)
        real = stream.sync

        def sync() -> None:
            self.syncs += 1
            real()

        stream.sync = sync
        return stream


class _Hasty(_Remote):
    commit_delay = 0.01


def _elsewhere(call: Callable[..., object], *facts: object) -> Future[None]:
    """Another thread does it; one that never ends keeps nobody."""
    done: Future[None] = Future()

    def work() -> None:
        try:
            call(*facts)
            done.set_result(None)
        except BaseException as error:
            done.set_exception(error)

    threading.Thread(target=work, daemon=True).start()
    return done


def test_a_thread_that_is_alone_waits_for_nobody(tmp_path: Path) -> None:
    files = _Remote(tmp_path)
    journal = FileJournal(files, "r1", {})
    for number in (1, 2, 3):
        journal.append([committed(number, "r1")])
    journal.close()
    assert files.syncs == 3


def test_two_threads_that_are_at_it_share_a_sync(tmp_path: Path) -> None:
    files = _Remote(tmp_path)
    journal = FileJournal(files, "r1", {})
    journal.append([committed(1, "r1")])
    leader = _elsewhere(journal.append, [committed(2, "r1")])
    while not journal._writer._leading:
        time.sleep(0.001)
    journal.append([committed(3, "r1")])
    leader.result()
    assert files.syncs == 2
    journal.close()
    rows = FileJournal(LocalFileSystem(tmp_path), "reader", {}).rows()
    assert len(list(rows)) == 3


def test_as_many_share_one_as_were_at_it_lately(tmp_path: Path) -> None:
    files = _Remote(tmp_path)
    journal = FileJournal(files, "r1", {})
    journal.append([committed(1, "r1")])
    writer, before = journal._writer, files.syncs
    writer._recent.clear()
    writer._recent.extend([-1, -2])  # two threads; the next one is the third
    ended: list[Future[None]] = []
    for number in (2, 3):
        ended.append(_elsewhere(journal.append, [committed(number, "r1")]))
        while len(writer._waiting) < len(ended):
            time.sleep(0.001)
    time.sleep(0.05)
    assert not any(one.done() for one in ended), "a third is still to come"
    ended.append(_elsewhere(journal.append, [committed(4, "r1")]))
    for one in ended:
        one.result()
    assert files.syncs == before + 1
    journal.close()


def test_who_has_waited_in_vain_for_others_expects_them_no_more(tmp_path: Path) -> None:
    journal = FileJournal(_Hasty(tmp_path), "r1", {})
    journal.append([committed(1, "r1")])
    journal._writer._recent.extend([-1, -2])  # threads that have ended
    journal.append([committed(2, "r1")])
    assert set(journal._writer._recent) == {threading.get_ident()}
    journal.close()


def test_nobody_comes_and_the_entry_is_written_all_the_same(tmp_path: Path) -> None:
    files = _Hasty(tmp_path)
    journal = FileJournal(files, "r1", {})
    journal.append([committed(1, "r1")])
    _elsewhere(journal.append, [committed(2, "r1")]).result()
    journal.close()
    assert files.syncs == 2


def test_one_that_is_interrupted_while_it_waits_leaves_nobody_waiting(tmp_path: Path) -> None:
    journal = FileJournal(_Remote(tmp_path), "r1", {})
    _elsewhere(journal.append, [committed(1, "r1")]).result()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(KeyboardInterrupt):
            journal.append([committed(2, "r1")])
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(HyggeError) as caught:
        _elsewhere(journal.append, [committed(3, "r1")]).result()
    assert caught.value.code == "HYG503"
    journal.close()
