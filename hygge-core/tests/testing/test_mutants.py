"""Faults put into a connector on purpose are found, each by a law that was made for it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

pytestmark = pytest.mark.timeout(400)  # hundreds of laws each, also on a busy machine

STORES = {
    "Peeking": "test_staged_and_sealed_rows_are_invisible",
    "Doubling": "test_a_commit_called_again_from_another_process_changes_nothing[append]",
    "Unwatchful": "test_data_that_is_gone_while_its_receipt_stayed_is_noticed",
    "Confiding": "test_what_the_next_append_leaves_out_is_durable_with_the_receipt",
    "Losing": "test_a_commit_shows_every_split_once",
    "Promising": "test_killed_at_any_point_the_next_process_ends_with_every_row_once[append]",
    "Forgetting": "test_there_is_no_receipt_before_the_commit_and_an_equal_one_after",
    "Belated": "test_killed_at_any_point_the_next_process_ends_with_every_row_once[append]",
    "Baseless": "test_a_job_whose_base_is_not_the_last_receipt_is_superseded",
    "Hasty": "test_of_a_job_that_sleeps_and_a_rival_one_lands_whole",
    "Undoing": "test_abort_never_undoes_a_commit[append]",
    "Leaky": "test_abort_is_repeatable_and_needs_nothing_staged[append]",
    "Idle": "test_a_job_without_rows_replaces_all_and_adds_nothing",
    "Trusting": "test_data_that_hygge_did_not_write_is_not_replaced_unless_adopted",
    "Guessing": "test_the_first_batch_of_nulls_changes_no_type",
    "Floating": "test_values_come_back_as_declared_or_are_refused_before_anything_is_visible[int64]",
    "Unsendable": "test_tokens_survive_pickle_and_json",
    "Restaging": "test_a_split_staged_again_counts_once",
    "Blanking": "test_operations_are_applied_kept_as_data_or_refused_before_a_row_is_read",
    "Cutting": "test_long_values_are_settled_whole_or_refused",
    "Sweeping": "test_sweep_leaves_live_jobs_and_other_targets_alone",
    "Swallowing": "test_a_split_that_broke_off_counts_nothing_until_it_is_staged_again",
    "Remembering": "test_what_a_dead_process_sealed_is_committed_or_given_up_as_promised[append]",
    "Emptying": "test_killed_at_any_point_the_next_process_ends_with_every_row_once[replace]",
    "Unmindful": "test_what_the_next_append_leaves_out_is_durable_with_the_receipt",
    "Narrowing": "test_a_column_that_is_added_is_null_in_older_rows_and_there_with_the_commit",
    "Wiping": "test_an_upsert_leaves_columns_alone_that_the_source_does_not_have",
    "Outdated": "test_of_rows_with_equal_keys_the_last_or_the_latest_one_stays",
    "Crossing": "test_targets_settle_side_by_side_in_one_process",
    "Shortsighted": "test_committed_rows_of_a_window_are_given_back_if_that_is_promised",
    "Concluding": "test_killed_at_any_point_a_run_of_several_entities_is_taken_up_by_the_next[append]",
    "Presuming": "test_a_survey_of_many_targets_tells_of_each_what_a_look_would",
    "Telling": "test_an_identity_is_the_same_everywhere_and_tells_no_secret",
    "Stubborn": "test_whichever_request_fails_every_row_is_there_once[append-lost_reply]",
    "Credulous": "test_whichever_request_fails_every_row_is_there_once[append-truncated]",
    "Impatient": "test_a_service_that_asks_for_a_pause_is_left_alone_for_it",
    "Quiet": "test_killed_at_any_line_of_a_commit_the_next_process_ends_with_every_row_once[append]",
    "Absent": "test_what_the_next_append_leaves_out_is_durable_with_the_receipt[append]",
    "Textual": "test_of_many_commits_the_last_one_counts[append]",
    "Premature": "test_foreseeing_a_job_that_can_land_says_nothing_and_touches_nothing[append]",
    "Echoing": "test_rows_that_landed_are_counted_at_the_target[append]",
    "Fitting": "test_any_number_of_splits_lands[append]",
    "Mute": "test_data_that_hygge_did_not_write_is_not_replaced_unless_adopted",
    "Indiscreet": "test_a_secret_that_is_refused_is_not_told",
}
HOMES = {
    "Unbounded": "test_the_upper_end_is_fixed_before_anything_is_read",
    "Overlapping": "test_splits_partition_the_rows",
    "Gaping": "test_splits_partition_the_rows",
    "Nullless": "test_rows_without_a_value_belong_to_a_window_only_if_it_says_so",
    "Exclusive": "test_both_ends_of_a_window_belong_to_it",
    "Sampling": "test_a_first_batch_of_nulls_changes_no_type",
    "Rounding": "test_extreme_values_are_exact",
    "Bulky": "test_batches_keep_to_their_limits",
    "Customary": "test_columns_are_those_that_were_asked_for",
    "Heedless": "test_a_filter_is_applied_or_refused_never_passed_over",
    "Chameleon": "test_columns_that_change_after_the_plan_are_read_as_planned_or_refused",
    "Stingy": "test_of_a_limit_no_row_more_and_none_less_arrives",
    "Counting": "test_a_source_made_anew_behind_its_position_is_read_again_or_refused",
    "Overreaching": "test_rows_that_come_between_plan_and_read_come_after_its_position",
    "Curtailed": "test_whichever_request_fails_every_row_is_read_once[truncated]",
}
JOURNALS = {
    "Restarting": "test_a_damaged_or_foreign_file_is_named_and_refused",
    "Closing": "test_an_attempt_that_was_sealed_and_failed_stays_open",
    "Confusing": "test_an_attempt_that_ended_leaves_the_one_of_another_open",
    "Unleased": "test_a_flow_is_leased_to_one_run_and_others_are_told_to_whom",
    "Buffering": "test_an_entry_that_was_appended_is_there_after_a_kill",
    "Overwriting": "test_many_processes_append_at_once_and_nothing_is_lost",
    "Reading": "test_heads_cost_the_same_with_a_long_history_behind_them",
    "Mixing": "test_flows_and_entities_do_not_touch_each_other",
    "Silent": "test_an_append_that_fails_says_so_and_what_was_promised_before_is_there",
    "Growing": "test_rows_are_finished_attempts_newest_first",
}
PLUGIN = (
    "test_loading_it_says_nothing",
    "test_loading_it_imports_only_the_standard_library_hygge_and_itself",
    "test_every_factory_is_a_class_of_its_role",
    "test_every_summary_is_one_line",
    "test_capabilities_contradict_neither_themselves_nor_the_class",
    "test_every_configuration_refuses_keys_that_it_does_not_know",
    "test_every_key_is_described",
    "test_keys_that_hold_secrets_say_so",
)


@pytest.mark.parametrize("found_by", [STORES, HOMES, JOURNALS], ids=["stores", "homes", "journals"])
def test_every_fault_is_found_by_its_law(run_kit: Callable[..., str], found_by: dict[str, str]) -> None:
    laws = [f"Test{fault}::{law}" for fault, law in found_by.items()]
    said = run_kit("broken_laws.py", laws, "faulty")
    failed = set(re.findall(r"^FAILED \S*?::(Test\w+::test_\w+)", said, re.M))
    assert failed == {re.sub(r"\[.*", "", law) for law in laws}, said
    assert "ERROR" not in said, said


def test_the_faults_of_a_plugin_are_found_each_by_its_law(run_kit: Callable[..., str]) -> None:
    said = run_kit("broken_laws.py", ["TestSloppy"], "faulty", "sloppy")
    assert set(re.findall(r"^FAILED \S*?::TestSloppy::(test_\w+)", said, re.M)) == set(PLUGIN), said
