"""The journal on files: immutable segments, a checkpoint of heads, a Parquet snapshot for people."""

from hygge.journal.file_journal import FOLDER, FileJournal

__all__ = ["FOLDER", "FileJournal"]
