"""A journal in one object, where everything stands, and a chain of finished attempts behind it."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hygge.codec import decode, encode
from hygge.errors import HyggeError, JournalDamaged, LeaseHeld
from hygge.failpoints import failpoint
from hygge.journal.heads import advance_all
from hygge.model import Entry, Head, Row
from hygge.roles import Journal
from hygge_reference.place import Conflict, Folder

STATE = "state"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Heads by flow and entity, and the newest finished attempt."""

    heads: Mapping[str, Mapping[str, Head]] = field(default_factory=dict)
    last: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A finished attempt, and the one before it."""

    row: Row
    before: str | None


def open_journal(place: Mapping[str, Any], run_id: str) -> Journal:
    return ReferenceJournal(place["path"], run_id)


class ReferenceJournal(Journal):
    """An append makes the next state and puts it, if nobody else has; its attempts are written before."""

    def __init__(self, path: str, run_id: str) -> None:
        self._path, self._run_id = Path(path), run_id
        self._place = Folder(path)
        self._closed = False

    def append(self, entries: Sequence[Entry]) -> None:
        if self._closed:
            raise HyggeError("the journal is closed", code="HYG503", remedy="Open it anew.")
        while True:
            state, version = self.state()
            new = self.after(state, entries)
            failpoint("journal.made")
            try:
                self.put(new, version)
            except Conflict:
                continue  # somebody was faster: on top of that
            failpoint("journal.put")
            return

    def after(self, state: State, entries: Sequence[Entry]) -> State:
        """The next state; rows are written, where nobody finds them until it is put."""
        heads = {flow: dict(found) for flow, found in state.heads.items()}
        advance_all(heads, entries)
        last = state.last
        for entry in entries:
            if entry.row is not None:
                name = f"row-{uuid.uuid4().hex}"
                self._place.replace(name, encode(Link(row=entry.row, before=last)))
                last = name
        return State(heads=heads, last=last)

    def state(self) -> tuple[State, str | None]:
        found = self._place.get(STATE)
        if found is None:
            return State(), None
        digest, _, data = found[0].partition(b"\n")
        if digest != hashlib.sha256(data).hexdigest().encode():
            raise JournalDamaged(f"{STATE} in {self._path} is damaged", remedy="Restore it from a backup.")
        return decode(data, State), found[1]

    def put(self, state: State, version: str | None) -> None:
        data = encode(state)
        self._place.put(STATE, hashlib.sha256(data).hexdigest().encode() + b"\n" + data, version)

    def heads(self, flow: str) -> Mapping[str, Head]:
        return self.state()[0].heads.get(flow, {})

    def rows(
        self, *, flow: str | None = None, entity: str | None = None, run_id: str | None = None
    ) -> Iterator[Row]:
        asked = {"flow": flow, "entity": entity, "run_id": run_id}
        name = self.state()[0].last
        while name is not None:
            found = self._place.get(name)
            if found is None:
                raise JournalDamaged(f"{name} in {self._path} is gone", remedy="Restore it from a backup.")
            link = decode(found[0], Link)
            if all(wanted in (None, getattr(link.row, key)) for key, wanted in asked.items()):
                yield link.row
            name = link.before

    @contextlib.contextmanager
    def lease(self, flow: str) -> Iterator[None]:
        self._path.mkdir(parents=True, exist_ok=True)
        with open(self._path / f".lease-{hashlib.sha256(flow.encode()).hexdigest()}", "a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                lock.seek(0)
                raise LeaseHeld(f"run {lock.read()} holds {flow}", remedy="Wait for its end.") from None
            lock.truncate(0)
            lock.write(self._run_id)
            lock.flush()
            yield

    def fold(self, *, force: bool = False) -> None:
        failpoint("journal.fold")  # there is nothing to gather

    def backup(self) -> str:
        name = f"backup-{uuid.uuid4().hex}"
        found = self._place.get(STATE)
        self._place.replace(name, found[0] if found else b"")
        return f"{self._place.address()}/{name}"

    def close(self) -> None:
        self._closed = True
