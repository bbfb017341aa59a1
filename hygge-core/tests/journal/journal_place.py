"""A folder with a journal, and entries to put into it."""

from __future__ import annotations

from pathlib import Path

from hygge.errors import JournalDamaged
from hygge.files.local import LocalFileSystem
from hygge.journal import FileJournal
from hygge.model import Entry, Head, Receipt, Row

AT = "2026-01-01T00:00:00.000+00:00"


def receipt(number: int, entity: str = "e") -> Receipt:
    return Receipt(
        job_id=f"job-{number}", number=number, base=None, flow="f", entity=entity, source_identity="s",
        target_identity="t", run_type="full_drop", mode="replace", rows=number, bytes=1, schema="",
        committed_at=AT,
    )  # fmt: skip


def row(number: int, run_id: str, entity: str = "e") -> Row:
    return Row(
        entity_run_id=f"job-{number}", run_id=run_id, project="p", flow="f", entity=entity, home_type="h",
        store_type="s", source_identity="s", target_identity="t", run_type="full_drop", mode="replace",
        status="success", started_at=AT, finished_at=AT, rows_read=number, watermark_upper=str(number),
    )  # fmt: skip


def committed(number: int, run_id: str, entity: str = "e") -> Entry:
    return Entry(
        kind="committed", at=AT, run_id=run_id, flow="f", entity=entity, job_id=f"job-{number}",
        receipt=receipt(number, entity), row=row(number, run_id, entity),
    )  # fmt: skip


class Place:
    """A folder with a journal, opened as one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = LocalFileSystem(root)
        self.opened: list[FileJournal] = []

    def open(self, run_id: str) -> FileJournal:
        self.opened.append(FileJournal(self.files, run_id, {"pid": "1"}))
        return self.opened[-1]

    def end(self) -> None:
        """The end of a process that closed nothing: only its file handles go."""
        for journal in self.opened:
            if journal._writer._stream is not None:
                journal._writer._stream.close()

    def run(self, run_id: str, *numbers: int, fold: bool = False, close: bool = True) -> None:
        journal = self.open(run_id)
        with journal.lease("f"):
            for number in numbers:
                journal.append([committed(number, run_id)])
            if fold:
                journal.fold(force=True)
        if close:
            journal.close()

    def last(self) -> int:
        head = self.open("reader").heads("f").get("e", Head())
        return head.receipt.number if head.receipt else 0

    def rows(self) -> list[int]:
        return [r.rows_read for r in self.open("reader").rows()]

    def told(self) -> tuple[int, list[int]] | str:
        """Heads and rows, or what is told of the damage."""
        try:
            return self.last(), self.rows()
        except JournalDamaged as error:
            return f"{error.message}: {error.remedy}"

    def segment(self, run_id: str) -> Path:
        return self.root / "log" / f"{run_id}.jsonl"
