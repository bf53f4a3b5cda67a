#pragma once

#include "actors/volume_backup/observed.hpp"

#include <optional>
#include <string>
#include <variant>

/// The policy of one backup: from what is observed to what is done next. Pure; the supervisor
/// performs the step, notes in `observed` that it was performed, and asks again until the answer is
/// `await_fact`.
///
///     ask preflight -> turn -> finalizer -> status Freezing -> freeze -> cut -> THAW -> compare
///     pods -> status Uploading -> ready
///                                                                 | |
///              every way out of here passes the thaw first ------ +------> discard -> final status
///              -> drop finalizer
///
/// Of a group, the claims get a label before the freeze and lose it after the thaw.
///
/// Rank of the rules: thaw, give up, clear up after an earlier run, then the steps in their order.
namespace actors::step {

/// Nothing to do until a fact arrives or `next_deadline` passes.
struct await_fact {};
/// Of an earlier run: read the pods that it may have frozen, and thaw those that are there.
struct thaw_earlier_pods {};
/// Of an earlier run: no exec of it can begin any more; thaw what one may have frozen meanwhile.
struct thaw_late_pods {};
/// Of an earlier run, when all is thawed: read its snapshots.
struct find_earlier_snapshots {};
/// They are all cut: only their readiness is left to wait for.
struct go_on_to_ready {};
/// They are not, and discarded: the backup begins again.
struct begin_again {};
/// Read the world that preflight judges.
struct ask_preflight {};
/// Ask the pods that say themselves whether they are to be frozen.
struct probe_pods {};
/// Wait for the turn to freeze this workload.
struct take_turn {};
/// Persist that the turn is delayed, and by whom.
struct write_queued {};
/// All is thawed: the next may freeze.
struct end_turn {};
/// Take the finalizer: from here on a deletion waits for the thaw.
struct hold_finalizer {};
/// Persist the intent to freeze, with the pods, before the first exec.
struct write_freezing {};
/// Give the claims the labels by which their group finds them.
struct label_claims {};
/// Freeze all pods, in parallel.
struct freeze_pods {};
/// Watch the snapshots that are there already.
struct follow_snapshots {};
/// Create all snapshots at once, or their group.
struct cut_snapshots {};
/// Thaw every pod that may be frozen, now.
struct thaw_pods {};
/// Take the labels off again.
struct unlabel_claims {};
/// Give a group's members the labels that snapshots of a backup have.
struct label_members {};
/// The backup cannot succeed any more: note how it ends. What is frozen is thawed next.
struct give_up {
  actors::ending ending;
};
/// Read the pods again: are they the ones that were frozen?
struct compare_pods {};
/// Persist verdict and times after the thaw.
struct write_uploading {};
/// Delete the snapshots, or their group, of a backup that ended half made.
struct discard_snapshots {};
/// Persist the outcome.
struct write_final {};
struct drop_finalizer {};
/// Read the object again, to see whether a write was accepted whose answer never came.
struct read_outcome {};
/// Nothing is left to do; the supervisor ends.
struct finish {};

} // namespace actors::step

namespace actors {

using next_step
    = std::variant<step::await_fact, step::thaw_earlier_pods, step::thaw_late_pods,
                   step::find_earlier_snapshots, step::go_on_to_ready, step::begin_again,
                   step::ask_preflight, step::probe_pods, step::take_turn, step::write_queued,
                   step::end_turn, step::hold_finalizer, step::write_freezing, step::label_claims,
                   step::freeze_pods, step::follow_snapshots, step::cut_snapshots, step::thaw_pods,
                   step::unlabel_claims, step::label_members, step::give_up, step::compare_pods,
                   step::write_uploading, step::discard_snapshots, step::write_final,
                   step::drop_finalizer, step::read_outcome, step::finish>;

next_step decide(const observed& world, const moment& now);

/// The steps' names, for logs and transcripts in tests.
std::string to_string(const next_step& step);

} // namespace actors
