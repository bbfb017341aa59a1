"""What may happen in a history: to the source, to the flow, to what hygge keeps, and by hygge itself."""

from __future__ import annotations

from histories.steps.by_hand import Adopt, Discard, Reset, SetMark
from histories.steps.definition import Lookback, Narrow, Where
from histories.steps.losses import BackUp, LoseFile, LoseJournal, LoseTarget, Restore
from histories.steps.rivals import Elsewhere, Meanwhile, Race, Rival
from histories.steps.runs import Backfill, Crash, Fail, Retry, Run
from histories.steps.source_steps import (
    KEEP,
    AddColumn,
    Copy,
    Delete,
    DropColumn,
    Insert,
    Rename,
    Reorder,
    Retype,
    Update,
)
from histories.steps.step import Step

__all__ = [
    "KEEP",
    "AddColumn",
    "Adopt",
    "BackUp",
    "Backfill",
    "Copy",
    "Crash",
    "Delete",
    "Discard",
    "DropColumn",
    "Elsewhere",
    "Fail",
    "Insert",
    "Lookback",
    "LoseFile",
    "LoseJournal",
    "LoseTarget",
    "Meanwhile",
    "Narrow",
    "Race",
    "Rename",
    "Reorder",
    "Reset",
    "Restore",
    "Retry",
    "Retype",
    "Rival",
    "Run",
    "SetMark",
    "Step",
    "Update",
    "Where",
]
