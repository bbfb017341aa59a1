"""What homes, stores and journals promise, one line of a table each, and the law that proves it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["HOMES", "JOURNALS", "STORES", "Promise"]

REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One line of a table."""

    said: str
    law: str
    shown: Callable[[Any], str] = lambda _: "yes"
    """What stands in a cell, from the connector's capabilities."""
    capability: str = ""
    """The field that ``shown`` reads."""
    elsewhere: str = ""
    """The test that proves a refusal, where the law does not: a file, "::" and its name; or another law."""


def _mode(mode: str, said: str, law: str) -> Promise:
    """A mode, or that it is refused."""
    return Promise(
        said=said,
        shown=lambda promised: "yes" if mode in promised.modes else REFUSED,
        capability="modes",
        law=law,
        elsewhere="test_a_mode_that_is_not_promised_is_refused_before_any_io",
    )


def _windowed(said: str, law: str) -> Promise:
    """What holds for homes that read windows of a watermark."""
    return Promise(
        said=said,
        shown=_flag("incremental", no=REFUSED),
        capability="incremental",
        law=law,
        elsewhere="test_a_window_that_is_not_promised_is_refused_while_planning",
    )


def _flag(name: str, yes: str = "yes", no: str = "no") -> Callable[[Any], str]:
    return lambda promised: yes if getattr(promised, name) else no


def _words(name: str, **words: str) -> Callable[[Any], str]:
    return lambda promised: words[getattr(promised, name)]


STORES: Sequence[Promise] = (
    _mode(
        "replace",
        "full drop: replace the destination",
        "test_a_replace_brings_the_columns_and_types_of_its_job",
    ),
    _mode("append", "append", "test_late_rows_ties_and_nulls_arrive_once"),
    _mode("upsert", "upsert by keys", "test_a_commit_shows_every_split_once"),
    Promise(said="staged rows are invisible", law="test_staged_rows_are_invisible_at_every_moment"),
    Promise(
        said="an append or upsert appears",
        shown=_words("atomicity", run="at once", split="file by file"),
        capability="atomicity",
        law="test_abort_at_any_moment_of_a_commit_takes_nothing_back",
    ),
    Promise(
        said="readers during a full drop see",
        shown=_flag("absent_while_replacing", "old, new, or none for a moment", "old or new"),
        capability="absent_while_replacing",
        law="test_abort_at_any_moment_of_a_commit_takes_nothing_back",
    ),
    Promise(
        said="killed at any point: every row once after the next run",
        law="test_killed_at_any_point_the_next_process_ends_with_every_row_once",
    ),
    Promise(
        said="killed again while healing",
        law="test_killed_again_while_healing_the_next_process_ends_with_every_row_once",
    ),
    Promise(
        said="what a dead process sealed is",
        shown=_words("staging", durable="finished", transient="given up"),
        capability="staging",
        law="test_what_a_dead_process_sealed_is_committed_or_given_up_as_promised",
    ),
    Promise(said="of two rivals one lands, whole", law="test_of_rivals_in_two_processes_one_wins"),
    Promise(
        said="a job that slept while another committed changes nothing",
        law="test_a_commit_that_slept_while_another_ended_it_changes_nothing",
    ),
    Promise(
        said="commits are made one at a time for",
        shown=_words(
            "exclusive", nothing="nothing", target="one target", connection="one database or service"
        ),
        capability="exclusive",
        law="test_of_a_job_that_sleeps_and_a_rival_one_lands_whole",
    ),
    Promise(
        said="splits are staged side by side",
        shown=_flag("parallel_staging"),
        capability="parallel_staging",
        law="test_splits_staged_side_by_side_all_count",
    ),
    Promise(
        said="data of others is not replaced unless adopted",
        law="test_data_that_hygge_did_not_write_is_not_replaced_unless_adopted",
    ),
    Promise(
        said="a lost journal is made good by the receipts",
        law="test_a_lost_journal_is_made_good_by_the_receipts",
    ),
    Promise(said="rows that landed are counted", law="test_rows_that_landed_are_counted_at_the_target"),
    Promise(
        said="a commit adds columns",
        shown=_flag("add_columns", no=REFUSED),
        capability="add_columns",
        law="test_a_column_that_is_added_is_null_in_older_rows_and_there_with_the_commit",
        elsewhere="hygge-core/tests/engine/test_schema_policy.py::test_an_append_to_files_refuses_a_new_column_and_names_the_choices",
    ),
    Promise(
        said="a commit widens types",
        shown=_flag("widen_types", no=REFUSED),
        capability="widen_types",
        law="test_a_column_that_is_widened_keeps_the_older_values",
        elsewhere="hygge-core/tests/test_drift.py::test_a_type_that_the_target_cannot_take_stops",
    ),
    Promise(
        said="rows that the source deleted are deleted",
        shown=_flag("deletes", no=REFUSED),
        capability="deletes",
        law="test_operations_are_applied_kept_as_data_or_refused_before_a_row_is_read",
        elsewhere="hygge-core/tests/engine/test_promises.py::test_deletes_are_refused_where_they_would_not_be_applied",
    ),
    Promise(
        said="a backfill completes what is there by appending",
        shown=_flag("read_back", no=REFUSED),
        capability="read_back",
        law="test_committed_rows_of_a_window_are_given_back_if_that_is_promised",
    ),
    Promise(
        said="longest column or table name",
        shown=lambda promised: (
            f"{promised.identifier_limit} characters" if promised.identifier_limit else "no limit of hygge's"
        ),
        capability="identifier_limit",
        law="test_names_are_settled_up_to_the_limit_and_refused_beyond_it",
    ),
    Promise(said="no command tells a secret", law="test_no_command_tells_a_secret"),
)
HOMES: Sequence[Promise] = (
    Promise(said="a full drop brings every row once", law="test_a_full_drop_brings_every_row_once"),
    _windowed("incremental by a watermark", "test_windows_hold_what_brute_force_finds"),
    _windowed("late rows, ties and nulls arrive once", "test_late_rows_ties_and_nulls_arrive_once"),
    Promise(
        said="incremental without a watermark, by what the home counts itself",
        shown=_flag("positions"),
        capability="positions",
        law="test_what_is_new_by_position_arrives_once",
    ),
    _windowed(
        "the upper end of a window is fixed before reading",
        "test_the_upper_end_is_fixed_before_anything_is_read",
    ),
    Promise(said="splits partition the rows", law="test_splits_partition_the_rows"),
    Promise(
        said="a split read twice gives equal rows",
        shown=_flag("stable_splits"),
        capability="stable_splits",
        law="test_reading_a_split_twice_gives_equal_rows",
    ),
    Promise(said="the schema does not depend on the rows", law="test_the_schema_does_not_depend_on_the_rows"),
    Promise(said="extreme values are exact", law="test_extreme_values_are_exact"),
    Promise(
        said="columns that changed before the plan are read as they are, or refused",
        law="test_columns_that_changed_before_the_plan_are_read_as_they_are_or_refused",
    ),
    Promise(
        said="columns that change after the plan are read as planned, or refused",
        law="test_columns_that_change_after_the_plan_are_read_as_planned_or_refused",
    ),
    Promise(
        said="`where` is applied or refused", law="test_a_filter_is_applied_or_refused_never_passed_over"
    ),
    Promise(
        said="it tells which rows were deleted",
        shown=_flag("operations"),
        capability="operations",
        law="test_every_batch_has_exactly_the_planned_schema",
    ),
    Promise(said="no command tells a secret", law="test_no_command_tells_a_secret"),
)
JOURNALS: Sequence[Promise] = (
    Promise(
        said="an entry that was appended survives kill -9",
        law="test_an_entry_that_was_appended_is_there_after_a_kill",
    ),
    Promise(
        said="a damaged or foreign file is named and refused",
        law="test_a_damaged_or_foreign_file_is_named_and_refused",
    ),
    Promise(
        said="many processes append at once", law="test_many_processes_append_at_once_and_nothing_is_lost"
    ),
    Promise(said="one run of a flow at a time", law="test_of_many_processes_one_gets_the_lease"),
    Promise(said="a lock ends with its process", law="test_a_lease_ends_with_its_killed_process"),
    Promise(
        said="a long history costs nothing", law="test_heads_cost_the_same_with_a_long_history_behind_them"
    ),
)
