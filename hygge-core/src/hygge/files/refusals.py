"""What a store made of files refuses, each with what to do about it."""

from __future__ import annotations

from hygge.errors import Refused
from hygge.files.format import FileFormat
from hygge.files.publish import staged_files
from hygge.model import Job, Receipt

__all__ = ["DIALECT", "begun", "foreign_data", "refuse_dialect", "refuse_upsert"]

DIALECT = "dialect"  # its name in a receipt's token


def refuse_upsert(job: Job) -> None:
    """Raise for a job that would have to change rows in place."""
    if job.mode == "upsert":
        raise Refused(
            f"{job.flow}.{job.entity}: store type {job.store_type!r} cannot upsert: files have no keys",
            code="HYG405",
            remedy="Use write: append, or run_type: full_drop.",
        )


def refuse_dialect(job: Job, base: Receipt | None, form: FileFormat) -> None:
    """Raise for an append that would put files beside those of ``base`` that have to be read otherwise."""
    if base is None or not base.token["folder_files"]:
        return
    before, now = base.token.get(DIALECT), form.dialect
    if before is None:  # of a version that did not keep it
        before, now = _kind(_name_of_one(base) or form.suffix), _kind(form.suffix)
    if before != now:
        raise Refused(
            f"{job.flow}.{job.entity}: its files are written as {before}, the flow now wants {now}; "
            "an append would mix them in one folder",
            code="HYG406",
            remedy="Put the store back as it was, or load it anew with `hygge run FLOW.ENTITY --full-drop`.",
        )


def _name_of_one(base: Receipt) -> str | None:
    """The name of a file that the job of this receipt brought, if it brought any."""
    return next((move.name for move in staged_files(base)), None)


def _kind(name: str) -> str:
    """The format of a file: "csv" of "part-…-0001.csv.gz"."""
    return name.rpartition("-")[2].split(".")[1]


def begun(job: Job) -> Refused:
    """The error for giving up a job whose commit has begun."""
    return Refused(
        f"{job.flow}.{job.entity}: the commit of job {job.id} has begun and can only be finished",
        code="HYG603",
        remedy="Run `hygge run FLOW.ENTITY`: it finishes that commit.",
    )


def foreign_data(job: Job, what: str) -> Refused:
    """The error for a target that holds what hygge did not write."""
    return Refused(
        f"{job.flow}.{job.entity}: the target holds data that hygge did not write: {what}",
        code="HYG402",
        remedy="Move it away, or replace it with `hygge run FLOW.ENTITY --full-drop --adopt`.",
    )
