#pragma once

#include "actors/volume_restore/restore_changes.hpp"
#include "actors/volume_restore/restore_run.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

/// The policy of one restore: from what is known to what is done next. Pure; the supervisor
/// performs the step and asks again until the answer is `await_fact`.
///
///     preflight -> trial -> turn -> finalizer -> Provisioning -> Switching -> RollingOut ->
///     settled -> Completed
///                                                     |             |            |
///                                                     +-------------+------------+-> RollingBack
///                                                     -> RolledBack
///
/// In each phase: look at the world, change what is not yet as it is to be, look again. Once the
/// new pods were seen ready nothing leads back.
namespace actors {

/// What the next write of the status says; the rest follows from the run.
struct restore_target {
  crds::restore_phase phase = crds::restore_phase::none;
  std::string reason, message;
  bool is_rolled_out = false; ///< with RollingOut: the point of no return
};

namespace restore_step {

/// Nothing to do until a fact arrives or `next_deadline` passes.
struct await_fact {};
/// Read the world that preflight judges.
struct ask_preflight {};
/// Would the server take the new claims?
struct try_claims {};
/// No backup may freeze the workload meanwhile.
struct take_turn {};
/// From here on a deletion waits until the restore is undone.
struct hold_finalizer {};
struct write_status {
  restore_target target;
};
/// Read the world that the restore changes.
struct look {};
struct make_changes {
  std::vector<restore_change> changes;
};
/// Nothing to change; look again at that time, or when a watch tells of something.
struct wait_for_world {
  std::string what;
};
/// The server or somebody else makes the restore impossible: it is given up next.
struct note_failure {
  refusal why;
};
/// Read the object, to see whether a write was accepted whose answer never came.
struct read_outcome {};
struct drop_finalizer {};
/// Nothing is left to do; the supervisor ends.
struct finish {};

} // namespace restore_step

using next_restore_step
    = std::variant<restore_step::await_fact, restore_step::ask_preflight, restore_step::try_claims,
                   restore_step::take_turn, restore_step::hold_finalizer,
                   restore_step::write_status, restore_step::look, restore_step::make_changes,
                   restore_step::wait_for_world, restore_step::note_failure,
                   restore_step::read_outcome, restore_step::drop_finalizer, restore_step::finish>;

next_restore_step decide(const restore_run& run, const moment& now);

/// When to ask again although nothing happened.
std::optional<std::chrono::steady_clock::time_point> next_deadline(const restore_run& run,
                                                                   const moment& now);

std::string to_string(const next_restore_step& step);

} // namespace actors
