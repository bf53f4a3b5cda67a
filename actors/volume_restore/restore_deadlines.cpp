#include "actors/volume_restore/restore_deadlines.hpp"

#include "actors/volume_restore/restore_work.hpp"

#include <algorithm>

namespace actors {

namespace {

using crds::restore_phase;

crds::restore_timeouts timeouts_of(const restore_run& run) {
  return run.restore.status.timeouts.value_or(run.restore.spec.timeouts);
}

bool binds_late(const crds::volume_restore& restore) {
  const auto& rows = restore.status.claims;
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.binds_late; });
}

/// What is left of `total` for the rollback.
std::chrono::milliseconds way_back(const crds::restore_timeouts& timeouts) {
  return std::min(timeouts.rollout, timeouts.total / 4);
}

std::string words_of_server(const restore_run& run, const restore_change& first) {
  const auto complaint = run.not_taken.complaint();
  return "the server to accept: " + (complaint.empty() ? first.what : complaint);
}

} // namespace

std::optional<steady_time> total_deadline(const restore_run& run) {
  const auto timeouts = timeouts_of(run);
  const auto end = run.started.steady + timeouts.total;
  return run.taken_up ? std::max(end, *run.taken_up + way_back(timeouts)) : end;
}

std::optional<steady_time> forward_deadline(const restore_run& run) {
  const auto timeouts = timeouts_of(run);
  return run.started.steady + timeouts.total - way_back(timeouts);
}

std::optional<steady_time> phase_deadline(const restore_run& run) {
  const auto timeouts = timeouts_of(run);
  const auto since = run.phase_since.steady;
  switch (run.restore.status.phase) {
  case restore_phase::provisioning:
    return since + timeouts.provision;
  case restore_phase::switching:
  case restore_phase::rolling_back:
    return since + timeouts.rollout;
  case restore_phase::rolling_out:
    return since + timeouts.rollout
           + (binds_late(run.restore) ? timeouts.provision : std::chrono::milliseconds{0});
  default:
    return std::nullopt;
  }
}

steady_time unmade_deadline(const restore_run& run) {
  return run.phase_since.steady + way_back(timeouts_of(run)) / 2;
}

std::string timeout_reason(restore_phase phase) {
  switch (phase) {
  case restore_phase::provisioning:
    return "ProvisionTimeout";
  case restore_phase::switching:
    return "SwitchTimeout";
  default:
    return "RolloutTimeout";
  }
}

std::string waits_for(const restore_run& run) {
  const auto& restore = run.restore;
  const auto& world = *run.seen;
  const auto phase = restore.status.phase;
  const auto work = phase == restore_phase::provisioning ? provision(restore, world)
                    : phase == restore_phase::switching  ? switch_over(restore, world)
                                                         : roll_out(restore, world);
  return !work.waits_for.empty()    ? work.waits_for
         : !work.changes.empty()    ? words_of_server(run, work.changes.front())
         : work.blocked.has_value() ? work.blocked->message
                                    : "nothing";
}

std::string what_is_not_taken(const restore_run& run) {
  const auto complaint = run.not_taken.complaint();
  return complaint.empty() ? complaint : ". The server does not " + complaint;
}

std::string how_to_finish(const crds::volume_restore& restore, const restore_world& world) {
  const auto& before = restore.status.workload;
  if (!before)
    return where_things_are(restore, world);
  const bool replaces = restore.status.strategy == crds::restore_strategy::replace_claim;
  const std::string todo
      = replaces && before->replicas
            ? "have each claim bound to its old volume again, then scale " + name_of(*before)
                  + " to " + std::to_string(*before->replicas)
            : "have the template of " + name_of(*before) + " name the old claims again";
  return where_things_are(restore, world) + ". By hand: " + todo
         + " (docs/restore.md, Finishing by hand)";
}

} // namespace actors
