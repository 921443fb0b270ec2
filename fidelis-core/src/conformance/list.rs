//! The names of all cases, once: tests and [`cases`](super::cases) are made from them.

/// Makes a test of every case of the [conformance suite](mod@crate::conformance), for the store of one harness.
///
/// The expression is evaluated for each test. It sees what is in scope where the macro stands; best give it a module of its own.
///
/// ```
/// mod contract {
///     use std::sync::Arc;
///     use fidelis_core::{BoxFuture, MemoryStore, Store, conformance::Harness};
///
///     struct Memory;
///
///     impl Harness for Memory {
///         fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
///             Box::pin(async { Arc::new(MemoryStore::default()) as Arc<dyn Store> })
///         }
///     }
///
///     fidelis_core::conformance!(Memory);
/// }
/// ```
#[macro_export]
macro_rules! conformance {
    ($harness:expr) => {
        $crate::__conformance_cases! { __conformance_tests($harness) }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
    (($harness:expr) $($subject:ident { $($case:ident)+ })+) => {
        $(
            mod $subject {
                #[allow(unused_imports)]
                use super::*;

                $(
                    #[test]
                    fn $case() {
                        let name = ::core::concat!(::core::stringify!($subject), "::", ::core::stringify!($case));
                        $crate::conformance::run(&$harness, name);
                    }
                )+
            }
        )+
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_array {
    (() $($subject:ident { $($case:ident)+ })+) => {
        [$($(
            Case {
                name: ::core::concat!(::core::stringify!($subject), "::", ::core::stringify!($case)),
                case: |harness| ::std::boxed::Box::pin($subject::$case(harness)),
            },
        )+)+]
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($with:ident $arguments:tt) => {
        $crate::$with! {
            $arguments
            appends {
                any_version_is_taken
                no_stream_needs_an_absent_stream
                exists_needs_a_stream
                version_needs_that_version
                several_streams_are_written_together
                conflict_on_the_second_stream_undoes_the_first
                append_without_records_compares
                append_without_records_creates_nothing
                nothing_to_store_answers_the_head
                one_stream_twice_is_refused
                large_payloads_come_back
                payloads_stay_as_written
                metadata_comes_back
                many_records_in_one_commit
                unusual_stream_names_are_kept
            }
            positions {
                log_counts_from_one_without_gaps
                streams_count_from_zero_without_gaps
                records_stand_in_the_order_of_appends
                refused_commits_take_no_position
                commits_without_records_take_no_position
                head_and_version_follow_the_log
            }
            time {
                records_carry_the_time_of_their_commit
                time_stands_still_when_the_clock_goes_back
                answered_time_is_stored_time
            }
            reads {
                stream_forwards
                stream_backwards
                category_both_ways
                all_both_ways
                interest_by_types
                interest_in_nothing
                pages_end_at_their_records
                pages_end_at_their_bytes
                page_holds_at_least_one
                pages_cover_everything_once
                beyond_the_end
                what_does_not_exist_is_empty
                categories_do_not_mix
                streams_do_not_mix
            }
            concurrency {
                writers_of_one_stream_lose_nothing
                writers_of_many_streams_leave_no_gap
                one_creator_wins
                opposite_orders_get_along
                runners_of_one_checkpoint_take_turns
                what_is_begun_and_left_alone_holds_up_nothing
            }
            checkpoints {
                begins_at_zero_and_moves
                wrong_start_conflicts_and_nothing_happens
                may_go_back
                moves_from_anywhere_when_asked
                all_are_listed_by_name
                rows_move_with_it
                subscriptions_are_apart
                second_wrong_checkpoint_undoes_the_first
                one_subscription_twice_is_refused
            }
            rows {
                put_replace_delete
                many_are_read_in_the_order_of_their_keys
                changes_happen_in_order
                every_kind_of_value
                extreme_values
                odd_values_are_exact_or_refused
                keys_of_several_columns
                keys_are_compared_exactly
                wrong_number_of_values_is_refused
                wrong_values_are_refused
                unknown_table_is_refused
                rows_of_a_conflict_are_not_written
                preparing_again_keeps_rows
                preparing_another_shape_is_refused
            }
            staged {
                staged_rows_are_invisible
                staged_rows_are_read_by_key
                promoting_replaces_the_whole_table
                promoting_leaves_nothing_staged
                staging_empties
                tables_change_after_rows
                refused_promotion_changes_nothing
            }
            folds {
                projector_follows_within_the_commit
                projector_that_is_behind_stays_behind
                what_is_of_no_interest_holds_nobody_up
                commit_without_interest_moves_nothing
                parked_messages_keep_a_projector_out
                refusing_projector_does_not_refuse_the_commit
                projectors_follow_each_for_itself
                refused_and_repeated_commits_fold_nothing
                writers_at_once_are_folded_once_each
            }
            rows_ahead {
                rows_of_several_tables_are_given_as_they_are_stored
                rows_written_in_the_same_commit_are_given
                who_asks_for_what_cannot_be_is_left_out
            }
            selections {
                comparisons_on_every_type
                one_of_several
                patterns
                combinations
                nulls_are_unknown
                order_is_complete
                nulls_first_ascending_last_descending
                texts_are_ordered_by_code_point
                pages_with_totals
                unknown_columns_are_refused
            }
            settlements {
                repeat_gives_the_first_answer
                repeat_is_found_before_versions
                rejections_are_kept
                fingerprints_are_kept
                position_is_the_head
                pages_in_the_order_of_identities
                conflict_settles_nothing
                same_command_at_once_happens_once
                pruned_commands_are_new_again
                pruning_spares_what_was_settled_again
                many_are_pruned_and_the_others_stay
                refused_commits_prune_nothing
            }
            parked {
                put_replace_remove
                order_is_that_of_the_log
                subscriptions_are_apart
                conflict_parks_nothing
            }
            waiting {
                over_when_the_log_is_past_already
                not_over_before_it_grows
                everybody_who_waits_is_told
                given_up_it_leaves_others_waiting
            }
            cancellation {
                commit_that_was_dropped_happened_whole_or_not
                dropped_reads_do_nothing
            }
            moving {
                log_comes_in_and_goes_out_unchanged
                interrupted_import_goes_on
                imported_log_goes_on
                record_that_does_not_continue_is_refused
            }
            durability {
                everything_is_there_after_reopening
                positions_and_time_go_on_after_reopening
                settled_commands_are_known_to_a_store_that_has_read_nothing
                pruned_commands_stay_forgotten
                streams_that_are_only_named_are_compared_by_a_store_that_has_read_nothing
            }
            model {
                random_commits
            }
        }
    };
}
