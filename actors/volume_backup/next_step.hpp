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
struct await_fact {
  static constexpr const char* name = "await fact";
};
/// Of an earlier run: read the pods that it may have frozen, and thaw those that are there.
struct thaw_earlier_pods {
  static constexpr const char* name = "thaw earlier pods";
};
/// Of an earlier run: no exec of it can begin any more; thaw what one may have frozen meanwhile.
struct thaw_late_pods {
  static constexpr const char* name = "thaw late pods";
};
/// Of an earlier run, when all is thawed: read its snapshots.
struct find_earlier_snapshots {
  static constexpr const char* name = "find earlier snapshots";
};
/// They are all cut: only their readiness is left to wait for.
struct go_on_to_ready {
  static constexpr const char* name = "go on to ready";
};
/// They are not, and discarded: the backup begins again.
struct begin_again {
  static constexpr const char* name = "begin again";
};
/// Read the world that preflight judges.
struct ask_preflight {
  static constexpr const char* name = "ask preflight";
};
/// Ask the pods that say themselves whether they are to be frozen.
struct probe_pods {
  static constexpr const char* name = "probe pods";
};
/// Wait for the turn to freeze this workload.
struct take_turn {
  static constexpr const char* name = "take turn";
};
/// Persist that the turn is delayed, and by whom.
struct write_queued {
  static constexpr const char* name = "write Queued";
};
/// All is thawed: the next may freeze.
struct end_turn {
  static constexpr const char* name = "end turn";
};
/// Take the finalizer: from here on a deletion waits for the thaw.
struct hold_finalizer {
  static constexpr const char* name = "hold finalizer";
};
/// Persist the intent to freeze, with the pods, before the first exec.
struct write_freezing {
  static constexpr const char* name = "write Freezing";
};
/// Give the claims the labels by which their group finds them.
struct label_claims {
  static constexpr const char* name = "label claims";
};
/// Freeze all pods, in parallel.
struct freeze_pods {
  static constexpr const char* name = "freeze pods";
};
/// Watch the snapshots that are there already.
struct follow_snapshots {
  static constexpr const char* name = "follow snapshots";
};
/// Read the snapshots: the watch that should tell of them may have died without a word.
struct look_at_snapshots {
  static constexpr const char* name = "look at snapshots";
};
/// Create all snapshots at once, or their group.
struct cut_snapshots {
  static constexpr const char* name = "cut snapshots";
};
/// Thaw every pod that may be frozen, now.
struct thaw_pods {
  static constexpr const char* name = "thaw pods";
};
/// Take the labels off again.
struct unlabel_claims {
  static constexpr const char* name = "unlabel claims";
};
/// Give a group's members the labels that snapshots of a backup have.
struct label_members {
  static constexpr const char* name = "label members";
};
/// The backup cannot succeed any more: note how it ends. What is frozen is thawed next.
struct give_up {
  static constexpr const char* name = "give up";
  actors::ending ending;
};
/// Read the pods again: are they the ones that were frozen?
struct compare_pods {
  static constexpr const char* name = "compare pods";
};
/// Persist verdict and times after the thaw.
struct write_uploading {
  static constexpr const char* name = "write Uploading";
};
/// Delete the snapshots, or their group, of a backup that ended half made.
struct discard_snapshots {
  static constexpr const char* name = "discard snapshots";
};
/// Persist the outcome.
struct write_final {
  static constexpr const char* name = "write final";
};
struct drop_finalizer {
  static constexpr const char* name = "drop finalizer";
};
/// Read the object again, to see whether a write was accepted whose answer never came.
struct read_outcome {
  static constexpr const char* name = "read outcome";
};
/// Nothing is left to do; the supervisor ends.
struct finish {
  static constexpr const char* name = "finish";
};

} // namespace actors::step

namespace actors {

using next_step = std::variant<
    step::await_fact, step::thaw_earlier_pods, step::thaw_late_pods, step::find_earlier_snapshots,
    step::go_on_to_ready, step::begin_again, step::ask_preflight, step::probe_pods, step::take_turn,
    step::write_queued, step::end_turn, step::hold_finalizer, step::write_freezing,
    step::label_claims, step::freeze_pods, step::follow_snapshots, step::look_at_snapshots,
    step::cut_snapshots, step::thaw_pods, step::unlabel_claims, step::label_members, step::give_up,
    step::compare_pods, step::write_uploading, step::discard_snapshots, step::write_final,
    step::drop_finalizer, step::read_outcome, step::finish>;

next_step decide(const observed& world, const moment& now);

/// The step's name; of one that gives up also why.
std::string to_string(const next_step& step);

} // namespace actors
