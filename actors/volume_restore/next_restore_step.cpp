#include "actors/volume_restore/next_restore_step.hpp"

#include "actors/volume_restore/restore_deadlines.hpp"
#include "actors/volume_restore/restore_work.hpp"

#include <array>

namespace actors {

namespace {

using crds::restore_phase;
using step = next_restore_step;
namespace steps = restore_step;

/// So often an owner's undoing is undone; then it has won.
constexpr int most_workload_changes = 3;

bool holds_finalizer(const restore_run& run) {
  return run.restore.metadata.has_finalizer(crds::volume_restore::finalizer) && !run.is_gone;
}

step write(restore_phase phase, std::string reason, std::string message) {
  return steps::write_status{{phase, std::move(reason), std::move(message), false}};
}

/// Before anything has changed.
step begin(const restore_run& run, const moment& now) {
  if (run.is_gone || run.restore.metadata.is_being_deleted())
    return holds_finalizer(run) ? step{steps::drop_finalizer{}} : step{steps::finish{}};
  if (run.restore.spec.cancel)
    return write(restore_phase::cancelled, "Cancelled", "cancelled before anything was changed");
  if (run.refused)
    return write(restore_phase::failed, run.refused->reason, run.refused->message);
  if (has_passed(forward_deadline(run), now))
    return write(restore_phase::failed, "TotalTimeout",
                 "of timeouts.total only the time that a rollback may need was left before the "
                 "restore could begin");
  if (run.turn == turn_state::delayed && run.restore.status.phase != restore_phase::pending)
    return write(restore_phase::pending, "WaitingForTurn", "waits for " + run.waits_for);
  if (run.turn == turn_state::asked || run.turn == turn_state::delayed)
    return steps::await_fact{};
  if (run.preflight != preflight_state::answered)
    return run.preflight == preflight_state::asked ? step{steps::await_fact{}}
                                                   : step{steps::ask_preflight{}};
  if (run.trial != preflight_state::answered)
    return run.trial == preflight_state::asked ? step{steps::await_fact{}}
                                               : step{steps::try_claims{}};
  if (run.turn == turn_state::none)
    return steps::take_turn{};
  if (!holds_finalizer(run))
    return steps::hold_finalizer{};
  return write(restore_phase::provisioning, "Provisioning",
               "makes the new claims from their snapshots");
}

/// Why the way forward ends, if it does.
std::optional<refusal> reason_to_give_up(const restore_run& run, const moment& now) {
  const auto& restore = run.restore;
  if (restore.metadata.is_being_deleted() || run.is_gone)
    return refusal{"Deleted", "the VolumeRestore was deleted while it ran"};
  if (restore.spec.cancel)
    return refusal{"Cancelled", "spec.cancel was set"};
  if (run.failure)
    return run.failure;
  if (has_passed(forward_deadline(run), now))
    return refusal{"TotalTimeout", "timeouts.total leaves only the time that a rollback may need"};
  if (has_passed(phase_deadline(run), now))
    return refusal{timeout_reason(restore.status.phase), "still waits for " + waits_for(run)};
  if (!run.seen->workload)
    return refusal{"WorkloadGone",
                   name_of(*restore.status.workload) + " is gone, or is another one of that name"};
  const auto& workload = *run.seen->workload;
  const bool has_failed = restore.status.phase == restore_phase::rolling_out
                          && workload.rollout.observed_generation >= workload.metadata.generation
                          && !workload.rollout.failure.empty();
  if (has_failed)
    return refusal{"RolloutFailed",
                   name_of(*restore.status.workload) + ": " + workload.rollout.failure};
  return std::nullopt;
}

step give_up(const restore_run& run, const refusal& why) {
  if (run.restore.spec.rollback == crds::rollback_policy::never)
    return write(restore_phase::failed, why.reason,
                 why.message + ". Nothing was rolled back (spec.rollback: Never): "
                     + where_things_are(run.restore, *run.seen));
  return write(restore_phase::rolling_back, why.reason, why.message);
}

bool changes_workload(const restore_change& change) {
  return change.call.method == "PATCH" && change.call.path.find("/apis/apps/") == 0;
}

/// On the way back, which may take long: what the server does not take stands in the condition.
bool is_complaint_told(const restore_run& run) {
  const auto complaint = run.not_taken.complaint();
  return complaint.empty() || complaint == run.told_complaint;
}

/// The world is not yet as it is to be.
step go_on(const restore_run& run, const restore_work& work, const moment& now) {
  if (work.blocked)
    return steps::note_failure{*work.blocked};
  const bool is_forward = run.restore.status.phase != restore_phase::rolling_back;
  for (const auto& change : work.changes)
    if (is_forward && changes_workload(change) && run.workload_changes >= most_workload_changes)
      return steps::note_failure{
          {"FightingOwner", "somebody undoes what the restore changes in "
                                + name_of(*run.restore.status.workload)
                                + (run.seen->workload->last_writer.empty()
                                       ? std::string{}
                                       : "; its last writer is " + run.seen->workload->last_writer)
                                + ". Pause it, or have it apply the new claim"}};
  if (auto due = run.not_taken.due_of(work.changes, now.steady); !due.empty())
    return steps::make_changes{std::move(due)};
  if (!is_forward && !is_complaint_told(run)) {
    const auto& status = run.restore.status;
    return write(status.phase, status.reason, status.message);
  }
  return steps::wait_for_world{
      work.changes.empty() ? work.waits_for : "the server to accept: " + work.changes.front().what};
}

step go_forward(const restore_run& run, const moment& now) {
  const auto& restore = run.restore;
  const auto& world = *run.seen;
  switch (restore.status.phase) {
  case restore_phase::provisioning: {
    const auto work = provision(restore, world);
    return work.is_done()
               ? write(restore_phase::switching, "Switching", "gives the workload the new volumes")
               : go_on(run, work, now);
  }
  case restore_phase::switching: {
    const auto work = switch_over(restore, world);
    return work.is_done() ? write(restore_phase::rolling_out, "RollingOut",
                                  "waits until the workload runs on the new volumes")
                          : go_on(run, work, now);
  }
  default: {
    const auto work = roll_out(restore, world);
    return work.is_done()
               ? step{steps::write_status{{restore_phase::rolling_out, "RolledOut",
                                           "the workload runs on the new volumes", true}}}
               : go_on(run, work, now);
  }
  }
}

/// A create of which nobody has heard, or that an earlier process had sent.
bool may_still_happen(const restore_run& run, const moment& now) {
  return run.may_appear_until && *run.may_appear_until > now.steady;
}

step finish_well(const restore_run& run, const moment& now) {
  if (has_passed(total_deadline(run), now) || run.failure)
    return write(restore_phase::completed, "Completed",
                 "the workload runs on the restored volumes; not everything could be tidied up"
                     + (run.seen ? ": " + where_things_are(run.restore, *run.seen) : "")
                     + what_is_not_taken(run));
  const auto work = settle(run.restore, *run.seen);
  if (!work.is_done())
    return go_on(run, work, now);
  if (may_still_happen(run, now))
    return steps::wait_for_world{"a late answer"};
  return write(restore_phase::completed, "Completed", "the workload runs on the restored volumes");
}

/// By what the rollback was for.
restore_phase phase_after_rollback(const restore_run& run) {
  const auto& status = run.restore.status;
  if (status.reason == "Cancelled")
    return restore_phase::cancelled;
  return find_condition(status.conditions, crds::restore_condition::workload_switched)
             ? restore_phase::rolled_back
             : restore_phase::failed;
}

std::string what_may_be_left(const restore_run& run) {
  std::string text;
  for (const auto& each : run.may_be_left)
    text += (text.empty() ? ". Still being made, and kept by its class (docs/restore.md, Volumes "
                            "left behind): "
                          : ", ")
            + each;
  return text;
}

step go_back(const restore_run& run, const moment& now) {
  const auto& status = run.restore.status;
  if (has_passed(total_deadline(run), now) || run.failure)
    return write(restore_phase::failed, "RollbackIncomplete",
                 status.message + ". The rollback could not finish"
                     + (run.failure ? ": " + run.failure->message : " within timeouts.total")
                     + what_is_not_taken(run)
                     + (run.seen ? ". " + how_to_finish(run.restore, *run.seen) : "")
                     + what_may_be_left(run));
  const auto unmade = has_passed(unmade_deadline(run), now) ? unmade_volumes::are_given_up
                                                            : unmade_volumes::are_awaited;
  const auto work = roll_back(run.restore, *run.seen, *run.versions_at_rollback, unmade);
  if (!work.is_done())
    return go_on(run, work, now);
  if (may_still_happen(run, now))
    return steps::wait_for_world{"a late answer"};
  const auto recovery = recover(run.restore, *run.seen);
  if (!recovery.is_done() && !has_passed(phase_deadline(run), now))
    return go_on(run, recovery, now);
  return write(phase_after_rollback(run), status.reason,
               status.message
                   + (run.seen->workload
                          ? ". The old state is back"
                          : ". Without the workload, nothing but its volumes was put back")
                   + (recovery.is_done() ? "" : ", but it still waits for " + recovery.waits_for)
                   + what_may_be_left(run));
}

step go_on_after_begin(const restore_run& run, const moment& now) {
  // What has become of the world decides, not what had become of it before a deadline.
  if ((!run.seen || run.is_stale) && !has_passed(total_deadline(run), now))
    return steps::look{};
  if (run.restore.status.phase == restore_phase::rolling_back)
    return go_back(run, now);
  if (is_rolled_out(run.restore))
    return finish_well(run, now);
  if (!run.seen)
    return write(restore_phase::failed, "TotalTimeout", "the cluster could not be read in time");
  if (const auto why = reason_to_give_up(run, now))
    return give_up(run, *why);
  return go_forward(run, now);
}

} // namespace

next_restore_step decide(const restore_run& run, const moment& now) {
  if (run.requests_out > 0)
    return steps::await_fact{};
  if (run.is_stopping)
    return steps::finish{};
  if (run.resume && *run.resume > now.steady)
    return steps::await_fact{};
  if (run.must_read)
    return steps::read_outcome{};
  const auto phase = run.restore.status.phase;
  if (is_final(phase))
    return holds_finalizer(run) ? step{steps::drop_finalizer{}} : step{steps::finish{}};
  auto next = has_begun(phase) ? go_on_after_begin(run, now) : begin(run, now);
  const bool may_look = !run.look_again || *run.look_again <= now.steady;
  if (std::holds_alternative<steps::look>(next) && !may_look)
    return steps::await_fact{};
  return next;
}

std::optional<steady_time> next_deadline(const restore_run& run, const moment& now) {
  std::optional<steady_time> next;
  for (const auto& due : {run.resume, run.look_again, run.may_appear_until, total_deadline(run),
                          forward_deadline(run), phase_deadline(run)})
    if (due && *due > now.steady)
      next = next ? std::min(*next, *due) : *due;
  return next;
}

std::string to_string(const next_restore_step& step) {
  static constexpr std::array<const char*, std::variant_size_v<next_restore_step>> names{
      "await fact",   "ask preflight",  "try claims", "take turn", "hold finalizer",
      "write status", "look",           "change",     "wait",      "note failure",
      "read outcome", "drop finalizer", "finish"};
  if (const auto* changes = std::get_if<steps::make_changes>(&step)) {
    std::string all;
    for (const auto& change : changes->changes)
      all += (all.empty() ? "" : ", ") + change.what;
    return all;
  }
  if (const auto* written = std::get_if<steps::write_status>(&step))
    return "write " + std::string{to_string(written->target.phase)}
           + (written->target.is_rolled_out ? " (rolled out)" : "");
  if (const auto* wait = std::get_if<steps::wait_for_world>(&step))
    return "wait for " + wait->what;
  return names.at(step.index());
}

} // namespace actors
