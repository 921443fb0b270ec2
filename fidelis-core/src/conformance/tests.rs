//! The suite bites: for each way to break a store there is a case that fails on it.

mod broken;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use broken::{Broken, Bug};

use super::{Harness, cases};
use crate::{BoxFuture, Store};

impl Harness for Bug {
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
        Box::pin(async { Arc::new(Broken::new(*self)) as Arc<dyn Store> })
    }

    fn reopen(&self, store: Arc<dyn Store>) -> BoxFuture<'_, Arc<dyn Store>> {
        match self {
            Bug::KeepsNothing => self.open(),
            _ => Box::pin(std::future::ready(store)),
        }
    }
}

/// Whether the case with this name fails on a store with this bug.
fn fails(bug: Bug, name: &str) -> bool {
    let case = cases().find(|case| case.name() == name).unwrap_or_else(|| panic!("there is no case `{name}`"));
    catch_unwind(AssertUnwindSafe(|| case.run(&bug))).is_err()
}

#[test]
fn every_bug_is_caught_by_its_case() {
    for (bug, name) in [
        (Bug::SkipsTheVersionCheck, "appends::version_needs_that_version"),
        (Bug::ChecksVersionsTooEarly, "concurrency::one_creator_wins"),
        (Bug::IgnoresAppendsWithoutRecords, "appends::append_without_records_compares"),
        (Bug::WritesStreamByStream, "appends::conflict_on_the_second_stream_undoes_the_first"),
        (Bug::ReformatsPayloads, "appends::payloads_stay_as_written"),
        (Bug::TakesPositionsEarly, "positions::refused_commits_take_no_position"),
        (Bug::PublishesOutOfOrder, "concurrency::writers_of_many_streams_leave_no_gap"),
        (Bug::FollowsTheClock, "time::time_stands_still_when_the_clock_goes_back"),
        (Bug::LosesCategoryOrder, "reads::category_both_ways"),
        (Bug::MixesCategories, "reads::categories_do_not_mix"),
        (Bug::EndsPagesTooEarly, "reads::page_holds_at_least_one"),
        (Bug::WritesRowsOfConflicts, "rows::rows_of_a_conflict_are_not_written"),
        (Bug::ShowsStagedRows, "staged::staged_rows_are_invisible"),
        (Bug::MergesWhenPromoting, "staged::promoting_replaces_the_whole_table"),
        (Bug::IgnoresWhereCheckpointsAre, "checkpoints::wrong_start_conflicts_and_nothing_happens"),
        (Bug::MovesCheckpointsApart, "checkpoints::rows_move_with_it"),
        (Bug::ListsCheckpointsAsTheyCame, "checkpoints::all_are_listed_by_name"),
        (Bug::BeginsPagesOfSettlementsAnew, "settlements::pages_in_the_order_of_identities"),
        (Bug::DoesNotWait, "waiting::not_over_before_it_grows"),
        (Bug::KnowsNoAnywhere, "checkpoints::moves_from_anywhere_when_asked"),
        (Bug::SortsRowsReadTogether, "rows::many_are_read_in_the_order_of_their_keys"),
        (Bug::ForgetsSettlements, "settlements::repeat_gives_the_first_answer"),
        (Bug::RepeatsAfterVersions, "settlements::repeat_is_found_before_versions"),
        (Bug::PrunesWhateverIsThere, "settlements::pruning_spares_what_was_settled_again"),
        (Bug::PrunesNothing, "settlements::pruned_commands_are_new_again"),
        (Bug::PrunesOneOfMany, "settlements::many_are_pruned_and_the_others_stay"),
        (Bug::LosesOrderOfParked, "parked::order_is_that_of_the_log"),
        (Bug::NeverFolds, "folds::projector_follows_within_the_commit"),
        (Bug::FoldsWithoutLooking, "folds::projector_that_is_behind_stays_behind"),
        (Bug::FoldsOnNothing, "rows_ahead::rows_of_several_tables_are_given_as_they_are_stored"),
        (Bug::FoldsOnNothing, "rows_ahead::rows_written_in_the_same_commit_are_given"),
        (Bug::FoldsOnNothing, "rows_ahead::who_asks_for_what_cannot_be_is_left_out"),
        (Bug::IgnoresCase, "selections::patterns"),
        (Bug::CountsThePage, "selections::pages_with_totals"),
        (Bug::CommitsInTwoSteps, "cancellation::commit_that_was_dropped_happened_whole_or_not"),
        (Bug::KeepsNothing, "durability::everything_is_there_after_reopening"),
        (Bug::DropsProcessesOfRestored, "moving::log_comes_in_and_goes_out_unchanged"),
        (Bug::KeepsNothing, "moving::log_comes_in_and_goes_out_unchanged"),
        (Bug::RestoresWithoutTheMark, "moving::interrupted_import_goes_on"),
        (Bug::RestoresAsFarAsItGoes, "moving::record_that_does_not_continue_is_refused"),
        (Bug::RestoresOverOtherLogs, "moving::record_that_does_not_continue_is_refused"),
    ] {
        assert!(!fails(Bug::None, name), "`{name}` fails on a store without a bug");
        assert!(fails(bug, name), "`{name}` does not notice a store that {bug:?}");
    }
}

#[test]
fn the_model_finds_bugs_that_random_commits_can_show() {
    let name = "model::random_commits";
    for bug in [
        Bug::SkipsTheVersionCheck,
        Bug::IgnoresAppendsWithoutRecords,
        Bug::WritesStreamByStream,
        Bug::TakesPositionsEarly,
        Bug::FollowsTheClock,
        Bug::LosesCategoryOrder,
        Bug::MixesCategories,
        Bug::EndsPagesTooEarly,
        Bug::WritesRowsOfConflicts,
        Bug::ShowsStagedRows,
        Bug::MergesWhenPromoting,
        Bug::IgnoresWhereCheckpointsAre,
        Bug::MovesCheckpointsApart,
        Bug::ForgetsSettlements,
        Bug::RepeatsAfterVersions,
        Bug::PrunesWhateverIsThere,
        Bug::PrunesNothing,
        Bug::LosesOrderOfParked,
        Bug::IgnoresCase,
        Bug::CountsThePage,
    ] {
        assert!(fails(bug, name), "`{name}` does not notice a store that {bug:?}");
    }
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = cases().map(|case| case.name()).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
