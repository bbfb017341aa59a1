"""The queue between reader and writer is bounded in bytes."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from hygge.engine.queue import ByteQueue
from hygge.engine.stop import Stop
from hygge.errors import RunStopped

BATCH = pa.record_batch({"n": [1, 2, 3, 4]})


def test_a_reader_waits_while_the_queue_is_full() -> None:
    queue = ByteQueue(2 * BATCH.nbytes, Stop())
    third = threading.Thread(target=queue.put, args=(BATCH,), daemon=True)
    assert queue.put(BATCH)
    assert queue.put(BATCH)
    third.start()
    third.join(0.3)
    assert third.is_alive(), "it was let in"
    assert next(iter(queue)) is BATCH
    third.join(10)
    assert not third.is_alive(), "there is room and it waits"


def test_a_batch_larger_than_the_queue_passes_alone() -> None:
    queue = ByteQueue(1, Stop())
    assert queue.put(BATCH)
    assert next(iter(queue)) is BATCH


def test_a_stop_is_seen_although_batches_are_waiting() -> None:
    stop = Stop()
    queue = ByteQueue(2 * BATCH.nbytes, stop)
    assert queue.put(BATCH)
    stop.set("a test")
    with pytest.raises(RunStopped):
        next(iter(queue))


def test_an_error_comes_behind_what_was_put_before_it() -> None:
    queue = ByteQueue(2 * BATCH.nbytes, Stop())
    assert queue.put(BATCH)
    queue.fail(ValueError("broken"))
    batches = iter(queue)
    assert next(batches) is BATCH
    with pytest.raises(ValueError, match="broken"):
        next(batches)


def test_a_reader_is_told_that_nobody_takes_its_batches_any_more() -> None:
    queue = ByteQueue(BATCH.nbytes, Stop())
    assert queue.put(BATCH)
    told: list[bool] = []
    waiting = threading.Thread(target=lambda: told.append(queue.put(BATCH)), daemon=True)
    waiting.start()
    queue.abandon()
    waiting.join(10)
    assert told == [False]
    assert not queue.put(BATCH)
