"""What a law lets another process do with a store: by name and configuration, as workers do it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from hygge.codec import DecodeError, decode, encode
from hygge.model import CommitPlan, Job, Receipt, Target
from hygge.plugins import registry
from hygge.testing.values import batches, counted

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Splits",
    "batches_of",
    "commit",
    "durable",
    "finish",
    "modules_for",
    "move",
    "move_to_line",
    "overlap",
    "prepare",
    "stage",
    "sweep",
    "warm_up",
]

Splits = Mapping[str, tuple[int, int, str]]
"""What each split stages: ids from, to (exclusive), and the note that tells its rows from others."""


def warm_up() -> None:
    """Import in the server what every trial would have to; starts no thread."""
    registry()
    counted(batches(range(3)))
    for kind in (Job, CommitPlan, Receipt):
        with contextlib.suppress(DecodeError):
            decode(b"{}", kind)


def batches_of(split: tuple[int, int, str]) -> Iterator[pa.RecordBatch]:
    """The rows of one split."""
    low, high, note = split
    return batches(range(low, high), note=note)


def overlap(store_type: str, config: Mapping[str, Any], receipt: bytes) -> bytes:
    """The identities that a process finds which has never seen the store before."""
    with contextlib.closing(registry().open_store(store_type, config)) as store:
        return store.overlap(decode(receipt, Receipt))


def stage(job: Job, splits: Splits) -> CommitPlan:
    """Stage the splits and seal; the plan of the commit."""
    store = registry().open_store(job.store_type, job.store)
    try:
        return store.seal(job, [store.stage(job, name, batches_of(split)) for name, split in splits.items()])
    finally:
        store.close()


def commit(job: bytes, plan: bytes) -> bytes:
    """Commit what another process has sealed, from JSON to JSON."""
    document = decode(job, Job)
    store = registry().open_store(document.store_type, document.store)
    try:
        return encode(store.commit(document, decode(plan, CommitPlan)))
    finally:
        store.close()


def move(job: Job, splits: Splits, notebook: str) -> Receipt:
    """Stage, seal, note the plan durably as the journal would, commit."""
    return decode(commit(encode(job), _noted(job, splits, notebook)), Receipt)


def _noted(job: Job, splits: Splits, notebook: str) -> bytes:
    plan = encode(stage(job, splits))
    new = Path(f"{notebook}.new")
    new.write_bytes(plan)
    new.rename(notebook)
    return plan


def move_to_line(job: Job, splits: Splits, notebook: str, number: int) -> int:
    """Stage, seal and note the plan; commit up to the ``number``-th line of the connector's own, and die.

    Lines are counted where they are passed for the first time; 0 counts them all.
    """
    plan = _noted(job, splits, notebook)
    made = registry().load_class(registry().store_type(job.store_type))
    lines = _Lines({_package(base.__module__) for base in made.__mro__}, number)
    sys.settrace(lines)
    try:
        commit(encode(job), plan)
    finally:
        sys.settrace(None)
    return len(lines.passed)


def _package(module: str) -> str:
    """The package whose lines are the connector's own: of hygge's, those that write files."""
    top = module.partition(".")[0]
    return "hygge.files" if top == "hygge" else top


class _Lines:
    """A trace function of the lines of some packages."""

    def __init__(self, packages: Collection[str], last: int) -> None:
        self.passed: set[tuple[Any, int]] = set()
        self._packages = packages
        self._last = last

    def __call__(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        module = frame.f_globals.get("__name__", "")
        mine = any(module == name or module.startswith(f"{name}.") for name in self._packages)
        return self._line if mine else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if event == "line":
            self.passed.add((frame.f_code, frame.f_lineno))
            if len(self.passed) == self._last:
                os.kill(os.getpid(), signal.SIGKILL)
        return self._line


def modules_for(job: Job, splits: Splits, notebook: str) -> Sequence[str]:
    """Names of the modules that a job takes, from staging to its receipt."""
    move(job, splits, notebook)
    return [name for name in sys.modules if name != "__main__"]


def prepare(job: Job, splits: Splits) -> tuple[bytes, bytes]:
    """Stage and seal; job and plan as JSON, what the journal would keep."""
    return encode(job), encode(stage(job, splits))


def finish(job: Job, splits: Splits, notebook: str) -> None:
    """What the next run does with the job: by its receipt, by its plan, or by giving it up."""
    store = registry().open_store(job.store_type, job.store)
    try:
        if store.receipt(job) is not None:
            return
        if Path(notebook).exists() and durable(job.store_type):
            store.commit(job, decode(Path(notebook).read_bytes(), CommitPlan))
        else:
            store.abort(job)
    finally:
        store.close()


def durable(store_type: str) -> bool:
    """Whether another process can commit what a dead one has staged."""
    return registry().store_type(store_type).capabilities.staging == "durable"


def sweep(store_type: str, config: Mapping[str, Any], target: Target, live: tuple[str, ...] = ()) -> None:
    """Clean up behind jobs that nobody knows."""
    store = registry().open_store(store_type, config)
    try:
        store.sweep(target, live)
    finally:
        store.close()
