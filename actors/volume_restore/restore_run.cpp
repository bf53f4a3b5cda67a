#include "actors/volume_restore/restore_run.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

/// The latest change of a condition: phases begin with one.
std::optional<k8s::timestamp> last_transition(const crds::volume_restore_status& status) {
  std::optional<k8s::timestamp> latest;
  for (const auto& each : status.conditions)
    latest = latest ? std::max(*latest, each.last_transition_time) : each.last_transition_time;
  return latest;
}

void find_under_way(restore_run& run, const moment& now) {
  run.taken_up = now.steady;
  run.may_appear_until = now.steady + longest_write; // of whoever began it
}

/// A time of the status on both clocks; never in the future, whatever the other clock said.
moment moment_of(const std::optional<k8s::timestamp>& wall, const moment& now) {
  const auto at = std::min(wall.value_or(now.wall), now.wall);
  return {now.steady
              - std::chrono::duration_cast<std::chrono::steady_clock::duration>(now.wall - at),
          at};
}

} // namespace

bool has_begun(crds::restore_phase phase) {
  using crds::restore_phase;
  return phase != restore_phase::none && phase != restore_phase::pending && !is_final(phase);
}

bool is_rolled_out(const crds::volume_restore& restore) {
  const auto* condition
      = find_condition(restore.status.conditions, crds::restore_condition::rolled_out);
  return condition && condition->status == crds::condition_status::is_true;
}

restore_run take_up(crds::volume_restore restore, const moment& now) {
  restore_run run;
  const auto& status = restore.status;
  run.started = moment_of(status.start_time, now);
  run.phase_since = moment_of(last_transition(status), now);
  if (has_begun(status.phase)) {
    run.turn = turn_state::held;
    run.must_read = true; // what a watch tells may be behind, and the way may already lead back
    find_under_way(run, now);
  }
  run.restore = std::move(restore);
  return run;
}

void adopt(restore_run& run, crds::volume_restore read, const moment& now) {
  if (is_rolled_out(read) && !is_rolled_out(run.restore))
    run.is_stale = true; // old claims go by a look of after that only: are they named again?
  if (read.status.phase != run.restore.status.phase) {
    run.phase_since = now;
    run.workload_changes = 0;
    run.failure.reset();
    run.not_taken = {};
    run.look_again.reset();
    run.versions_at_rollback.reset();
    run.is_stale = true;
  }
  run.restore = std::move(read);
}

void note_written(restore_run& run, crds::volume_restore accepted, const moment& now) {
  run.told_complaint = run.not_taken.complaint();
  adopt(run, std::move(accepted), now);
}

void adopt_read(restore_run& run, crds::volume_restore read, const moment& now) {
  const bool was_begun = has_begun(run.restore.status.phase);
  adopt(run, std::move(read), now);
  if (!was_begun && has_begun(run.restore.status.phase))
    find_under_way(run, now);
}

void note_taken(restore_run& run, const restore_change& change) {
  run.not_taken.forget(change);
  if (change.call.path.starts_with("/apis/apps/"))
    ++run.workload_changes;
  if (!change.leaves.empty())
    run.may_be_left.push_back(change.leaves);
}

void note_seen(restore_run& run, restore_world world) {
  const bool is_back = run.restore.status.phase == crds::restore_phase::rolling_back;
  if (is_back && !run.versions_at_rollback)
    run.versions_at_rollback = versions_of(run.restore, world);
  run.seen = std::move(world);
}

} // namespace actors
