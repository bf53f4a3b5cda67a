#include "actors/volume_backup/next_step.hpp"

#include "actors/volume_backup/deadlines.hpp"
#include "crds/duration.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

using crds::backup_phase;
using messages::release;

/// The point at which the snapshots no longer need the freeze: cut, or ready for a driver that
/// reports a cut too early.
bool no_longer_needs_freeze(const observed& world) {
  return world.plan->thaw_on == crds::thaw_on::ready ? world.all_ready() : world.all_cut();
}

/// A pod let go of its freeze, or may have, before we asked it to.
const observed_pod* lost_freeze(const observed& world) {
  auto lost = std::find_if(world.pods.begin(), world.pods.end(), [](const observed_pod& pod) {
    return (pod.released && !pod.thaw_sent) || pod.was_lost_unasked;
  });
  return lost == world.pods.end() ? nullptr : &*lost;
}

bool goes_on_unfrozen(const observed& world) {
  return world.backup.spec.hooks.on_failure == crds::on_hook_failure::crash_consistent;
}

/// A frozen application is an outage: nothing outranks ending it.
bool must_thaw(const observed& world) {
  const bool unasked
      = std::any_of(world.pods.begin(), world.pods.end(),
                    [](const observed_pod& pod) { return pod.may_be_frozen() && !pod.thaw_sent; });
  if (!unasked)
    return false;
  if (world.ending || no_longer_needs_freeze(world) || lost_freeze(world))
    return true;
  return world.backup.spec.dry_run && world.all_frozen();
}

// Ways to fail.

ending failed(std::string reason, std::string message) {
  return {backup_phase::failed, std::move(reason), std::move(message)};
}

std::string claim_list(const observed& world, bool (*is_listed)(const observed_snapshot&)) {
  std::string names;
  if (world.group && is_listed(*world.group))
    names = name_of_followed(*world.plan, world.snapshots.size())
            + (world.group->trouble.empty() ? "" : " (" + world.group->trouble + ")");
  for (std::size_t i = 0; i < world.snapshots.size(); ++i)
    if (is_listed(world.snapshots[i]))
      names
          += (names.empty() ? "" : ", ") + world.plan->claims[i].name
             + (world.snapshots[i].trouble.empty() ? "" : " (" + world.snapshots[i].trouble + ")");
  return names;
}

/// The pods whose pre-hook has had its time.
std::string late_pods(const observed& world, const moment& now) {
  std::string names;
  for (std::size_t i = 0; i < world.pods.size(); ++i)
    if (has_passed(freeze_deadline(world, i), now))
      names += (names.empty() ? "pod " : ", pod ") + world.plan->pods[i].name + " ("
               + crds::format_duration(world.plan->pods[i].freeze_timeout) + ")";
  return names;
}

/// What the release of a pod that we did not ask for means.
ending ending_of_lost_freeze(const observed& world, const observed_pod& lost) {
  const auto index = static_cast<std::size_t>(&lost - world.pods.data());
  const auto& pod = world.plan->pods[index].name;
  if (!lost.end)
    return failed("SessionLost",
                  "the freeze session of pod " + pod + " was lost: " + lost.lost_because);
  const auto& end = *lost.end;
  if (end.how == release::never_frozen || end.how == release::pre_hook_failed)
    return failed("HookFailed", "pod " + pod + " was not frozen: " + end.cause);
  return failed("SessionLost",
                "pod " + pod + " did not stay frozen until its snapshots were cut: " + end.cause);
}

std::optional<ending> ending_by_request(const observed& world) {
  const bool is_done = world.final_status != persisted::no;
  if (is_done)
    return std::nullopt;
  if (world.is_gone || world.backup.metadata.is_being_deleted())
    return ending{backup_phase::cancelled, "Deleted", "the VolumeBackup was deleted while it ran"};
  if (world.backup.spec.cancel)
    return ending{backup_phase::cancelled, "Cancelled", "spec.cancel was set"};
  if (world.is_stopping && world.freezing_status != persisted::no && !world.all_cut())
    return ending{backup_phase::pending, "OperatorStopped",
                  "the operator was stopped before the snapshots were cut; the next one begins "
                  "this backup again"};
  return std::nullopt;
}

std::optional<ending> ending_by_snapshots(const observed& world) {
  if (world.claim_labels.refused)
    return failed("LabelRefused", "the claims could not be labelled for their group: "
                                      + *world.claim_labels.refused);
  if (world.group && world.group->lost)
    return failed("SnapshotFailed", name_of_followed(*world.plan, world.snapshots.size()) + ": "
                                        + *world.group->lost);
  for (std::size_t i = 0; i < world.snapshots.size(); ++i)
    if (world.snapshots[i].lost)
      return failed("SnapshotFailed", "snapshot of claim " + world.plan->claims[i].name + ": "
                                          + *world.snapshots[i].lost);
  return std::nullopt;
}

std::optional<ending> ending_by_deadline(const observed& world, const moment& now) {
  if (has_passed(max_freeze_deadline(world), now)) {
    const auto uncut
        = claim_list(world, [](const observed_snapshot& snapshot) { return !snapshot.cut; });
    return failed("FreezeExpired", "not cut within timeouts.maxFreeze ("
                                       + crds::format_duration(world.plan->timeouts.max_freeze)
                                       + "): " + uncut);
  }
  if (has_passed(freeze_deadline(world), now) && !goes_on_unfrozen(world))
    return failed("FreezeTimeout", "the pre-hook did not end within its time, which is "
                                   "timeouts.freeze or the annotation hook-timeout: "
                                       + late_pods(world, now));
  if (has_passed(ready_deadline(world), now)) {
    const auto missing
        = claim_list(world, [](const observed_snapshot& snapshot) { return !snapshot.ready; });
    return failed("ReadyTimeout", "not ready within timeouts.ready ("
                                      + crds::format_duration(world.plan->timeouts.ready)
                                      + "): " + missing);
  }
  if (has_passed(total_deadline(world), now))
    return failed("TotalTimeout", "not finished within timeouts.total ("
                                      + crds::format_duration(total_of(world)) + ")");
  return std::nullopt;
}

/// The freeze that ended too early fails the backup, unless the user said that a crash-consistent
/// one will do.
std::optional<ending> ending_by_hooks(const observed& world) {
  const auto* lost = lost_freeze(world);
  if (!lost || goes_on_unfrozen(world) || no_longer_needs_freeze(world))
    return std::nullopt;
  return ending_of_lost_freeze(world, *lost);
}

std::optional<ending> must_give_up(const observed& world, const moment& now) {
  if (world.ending)
    return std::nullopt;
  if (auto end = ending_by_request(world))
    return end;
  if (world.refused)
    return failed(world.refused->reason, world.refused->message);
  const bool succeeded = world.all_ready() && world.all_released();
  if (succeeded || !world.plan)
    return succeeded ? std::nullopt : ending_by_deadline(world, now);
  if (auto end = ending_by_hooks(world))
    return end;
  if (auto end = ending_by_snapshots(world))
    return end;
  return ending_by_deadline(world, now);
}

/// With `CrashConsistent` a pod that does not freeze in time is thawed and the cut goes on without
/// it.
bool freeze_was_abandoned(const observed& world, const moment& now) {
  return goes_on_unfrozen(world) && has_passed(freeze_deadline(world), now);
}

// The steps.

bool writes_are_paused(const observed& world, const moment& now) {
  return world.writes_resume && now.steady < *world.writes_resume;
}

/// A write whose answer is still out must land or fail before the next one names its
/// resourceVersion.
bool waits_for_write(const observed& world) {
  return world.queued_status == persisted::sent || world.finalizer == persisted::sent
         || world.freezing_status == persisted::sent || world.uploading_status == persisted::sent
         || world.final_status == persisted::sent || world.finalizer_dropped == persisted::sent;
}

/// The write, unless one is out or the last one failed a moment ago. Precondition: this one is not
/// accepted yet.
next_step write_when_possible(const observed& world, const moment& now, next_step write) {
  if (waits_for_write(world) || writes_are_paused(world, now))
    return step::await_fact{};
  return write;
}

/// The group reads the labels of its claims when it is cut; afterwards they only confuse.
bool must_unlabel(const observed& world, const moment& now) {
  const bool is_over = world.ending || world.earlier || world.all_cut();
  return is_over && !world.any_pod_may_be_frozen() && !writes_are_paused(world, now)
         && removal_is_due(world.claim_labels, now);
}

/// The outcome waits for their removal, but not beyond `total`.
bool labels_may_remain(const observed& world, const moment& now) {
  return world.claim_labels.asked && !world.claim_labels.are_removed()
         && !has_passed(total_deadline(world), now);
}

/// What is left to do when the outcome is known and nothing is frozen.
next_step close(const observed& world, const moment& now) {
  if (labels_may_remain(world, now))
    return step::await_fact{};
  if (world.is_gone)
    return step::finish{};
  if (world.final_status != persisted::accepted)
    return write_when_possible(world, now, step::write_final{});
  const bool holds_finalizer
      = world.finalizer != persisted::no && world.finalizer_dropped != persisted::accepted;
  return holds_finalizer ? write_when_possible(world, now, step::drop_finalizer{})
                         : next_step{step::finish{}};
}

/// A set that was cut whole before the end stays: it may still become ready and goes with its
/// backup. Anything less is of no use, and one that was completed later is of no known moment.
bool is_whole(const observed& world) {
  return world.all_cut() && (!world.group || !world.group->lost)
         && std::none_of(world.snapshots.begin(), world.snapshots.end(),
                         [](const auto& snapshot) { return snapshot.lost; });
}

bool any_discard_is_due(const observed& world, const moment& now) {
  const auto created = world.created_objects();
  return !writes_are_paused(world, now)
         && std::any_of(created.begin(), created.end(),
                        [&now](const auto& object) { return discard_is_due(object, now); });
}

bool all_discarded(const observed& world) {
  const auto created = world.created_objects();
  return std::all_of(created.begin(), created.end(),
                     [](const auto& object) { return !object.requested || object.is_discarded(); });
}

/// The outcome waits until the snapshots are deleted, but not beyond `total`: a retained one may
/// then outlive the backup's failure.
next_step discard(const observed& world, const moment& now) {
  if (any_discard_is_due(world, now))
    return step::discard_snapshots{};
  const bool is_over = all_discarded(world) || has_passed(total_deadline(world), now);
  return is_over ? close(world, now) : step::await_fact{};
}

next_step end_unsuccessfully(const observed& world, const moment& now) {
  const bool stays = world.ending->keeps_snapshots && is_whole(world);
  return world.any_requested() && !stays ? discard(world, now) : close(world, now);
}

/// After a run that another process left in the middle: first the thaw, then what it achieved.
next_step clear_up(const observed& world, const moment& now) {
  const auto& earlier = *world.earlier;
  const bool waits = writes_are_paused(world, now);
  if (!earlier.pods_known)
    return earlier.pods_asked || waits ? next_step{step::await_fact{}} : step::thaw_earlier_pods{};
  if (world.any_pod_may_be_frozen())
    return step::await_fact{};
  if (world.is_stopping || (world.is_gone && !labels_may_remain(world, now)))
    return step::finish{}; // thawed; the rest is for the next operator, or gone with the object
  if (!earlier.snapshots_known && !world.snapshots.empty())
    return earlier.snapshots_asked || waits ? next_step{step::await_fact{}}
                                            : step::find_earlier_snapshots{};
  if (world.ending)
    return end_unsuccessfully(world, now);
  if (world.all_cut())
    return step::go_on_to_ready{};
  if (any_discard_is_due(world, now))
    return step::discard_snapshots{};
  if (!all_discarded(world) || labels_may_remain(world, now) || now.steady < earlier.void_from)
    return step::await_fact{};
  if (world.has_hooks() && !earlier.is_thawed_again)
    return step::thaw_late_pods{};
  const bool looked_in_vain
      = world.snapshots.empty()
        || (earlier.snapshots_known && earlier.snapshots_known->steady >= earlier.void_from);
  if (looked_in_vain)
    return step::begin_again{};
  return earlier.snapshots_asked || waits ? next_step{step::await_fact{}}
                                          : step::find_earlier_snapshots{};
}

/// Those that wait long say so.
next_step wait_in_line(const observed& world, const moment& now) {
  if (world.queued_status != persisted::accepted && has_passed(queued_deadline(world), now))
    return write_when_possible(world, now, step::write_queued{});
  return step::await_fact{};
}

/// Nothing waits for anything while it is frozen.
next_step wait_for_turn(const observed& world, const moment& now) {
  return world.turn == turn_state::none ? step::take_turn{} : wait_in_line(world, now);
}

/// The freeze is over and nothing of it can come back, and no driver has anything left to cut.
bool must_end_turn(const observed& world) {
  const bool has_thawed
      = world.has_hooks() ? world.first_freeze_sent() && world.all_released() : true;
  const bool cuts_no_more
      = world.all_cut() || world.ending || (world.backup.spec.dry_run && world.has_hooks());
  return world.turn == turn_state::held && !world.earlier && has_thawed && cuts_no_more;
}

/// Up to the first exec.
next_step prepare(const observed& world, const moment& now) {
  if (world.is_stopping && world.freezing_status == persisted::no)
    return step::finish{}; // nothing has begun: the next operator takes it from the start
  if (world.preflight == preflight_state::not_asked)
    return writes_are_paused(world, now) ? next_step{step::await_fact{}} : step::ask_preflight{};
  if (!world.plan)
    return wait_in_line(world, now);
  if (world.must_probe())
    return world.probe == probe_state::asked || writes_are_paused(world, now)
               ? next_step{step::await_fact{}}
               : step::probe_pods{};
  const bool takes_turn = world.has_hooks() || !world.backup.spec.dry_run;
  if (takes_turn && world.turn != turn_state::held)
    return wait_for_turn(world, now);
  if (world.finalizer != persisted::accepted)
    return write_when_possible(world, now, step::hold_finalizer{});
  if (world.freezing_status != persisted::accepted)
    return write_when_possible(world, now, step::write_freezing{});
  if (world.plan->group && !world.claim_labels.is_accepted)
    return world.claim_labels.write_is_out || writes_are_paused(world, now)
               ? next_step{step::await_fact{}}
               : step::label_claims{};
  if (world.has_hooks())
    return step::freeze_pods{};
  return world.backup.spec.dry_run ? close(world, now) : next_step{step::cut_snapshots{}};
}

bool must_look(const observed& world, const moment& now) {
  return !world.look_is_out && !writes_are_paused(world, now)
         && has_passed(look_deadline(world), now);
}

/// Something may be frozen.
next_step hold_freeze(const observed& world, const moment& now) {
  if (!world.ending && freeze_was_abandoned(world, now) && !world.first_thaw_sent())
    return step::thaw_pods{};
  const bool may_cut = !world.ending && world.all_frozen() && !world.any_requested()
                       && !world.backup.spec.dry_run && !world.first_thaw_sent();
  if (may_cut)
    return step::cut_snapshots{};
  return must_look(world, now) ? next_step{step::look_at_snapshots{}} : step::await_fact{};
}

/// After the thaw: what happened is compared, persisted, and the upload awaited.
next_step conclude(const observed& world, const moment& now) {
  if (world.has_hooks() && world.identity == identity_state::not_asked)
    return step::compare_pods{};
  if (world.identity == identity_state::asked)
    return step::await_fact{};
  const bool is_foreign = world.group && world.members_labelled != persisted::accepted;
  if (is_foreign && world.members_labelled == persisted::no && !writes_are_paused(world, now))
    return step::label_members{};
  if (world.backup.spec.dry_run || world.all_ready())
    return is_foreign ? step::await_fact{} : close(world, now);
  if (!world.is_followed)
    return writes_are_paused(world, now) ? next_step{step::await_fact{}} : step::follow_snapshots{};
  if (world.is_stopping && world.uploading_status == persisted::accepted)
    return step::finish{}; // the upload goes on without us; the next operator waits for it
  if (world.uploading_status == persisted::accepted)
    return step::await_fact{};
  return write_when_possible(world, now, step::write_uploading{});
}

} // namespace

next_step decide(const observed& world, const moment& now) {
  if (world.plan && must_thaw(world))
    return step::thaw_pods{};
  if (auto end = must_give_up(world, now)) {
    end->keeps_snapshots = end->phase != backup_phase::cancelled && is_whole(world);
    return step::give_up{std::move(*end)};
  }
  if (must_end_turn(world))
    return step::end_turn{};
  if (world.must_read)
    return writes_are_paused(world, now) ? next_step{step::await_fact{}} : step::read_outcome{};
  if (must_unlabel(world, now))
    return step::unlabel_claims{};
  if (world.earlier)
    return clear_up(world, now);
  if (world.any_pod_may_be_frozen())
    return hold_freeze(world, now);
  if (world.ending)
    return end_unsuccessfully(world, now);
  if (must_look(world, now))
    return step::look_at_snapshots{};
  const bool was_frozen = world.has_hooks() && world.first_freeze_sent();
  if (!was_frozen && !world.any_requested())
    return prepare(world, now);
  if (!world.any_requested() && !world.backup.spec.dry_run)
    return step::cut_snapshots{}; // CrashConsistent: the freeze failed, the cut goes on without it
  if (!world.backup.spec.dry_run && !world.all_cut())
    return step::await_fact{};
  return conclude(world, now);
}

std::string to_string(const next_step& chosen) {
  if (const auto* end = std::get_if<step::give_up>(&chosen))
    return "give up: " + end->ending.reason;
  return std::visit([](const auto& one) { return std::string{one.name}; }, chosen);
}

} // namespace actors
