#include "actors/volume_backup/progress.hpp"

#include "actors/volume_backup/verdict.hpp"
#include "crds/duration.hpp"

#include <algorithm>

namespace actors {

namespace {

using crds::backup_phase;
using crds::condition_status;
using messages::release;
namespace condition = crds::backup_condition;

std::optional<k8s::timestamp> wall(const std::optional<moment>& at) {
  return at ? std::optional{at->wall} : std::nullopt;
}

bool has_succeeded(const observed& world) {
  return !world.ending && world.all_released() && (world.all_ready() || world.backup.spec.dry_run);
}

backup_phase phase_of(const observed& world) {
  if (world.ending)
    return world.ending->phase;
  if (has_succeeded(world))
    return backup_phase::completed;
  if (world.turn == turn_state::delayed)
    return backup_phase::queued;
  if (!world.plan)
    return world.is_held_up ? backup_phase::queued : backup_phase::pending;
  if (world.has_hooks() && !world.all_frozen() && !world.any_requested())
    return backup_phase::freezing;
  if (!world.all_cut())
    return backup_phase::snapshotting;
  return world.all_released() ? backup_phase::uploading : backup_phase::thawing;
}

// Conditions.

struct finding {
  condition_status status;
  std::string reason, message;
};

finding preflight_finding(const observed& world) {
  if (world.refused)
    return {condition_status::is_false, world.refused->reason, world.refused->message};
  if (!world.plan)
    return {condition_status::unknown, "Pending", "preflight has not ended"};
  return {condition_status::is_true, "Passed",
          std::to_string(world.plan->claims.size()) + " claim(s), "
              + std::to_string(world.plan->pods.size()) + " pod(s) with hooks"
              + (world.plan->not_grouped.empty()
                     ? ""
                     : "; not cut as a group: " + world.plan->not_grouped)};
}

finding frozen_finding(const observed& world) {
  if (!world.has_hooks())
    return {condition_status::is_false, "NoHooks", "no pod of the application declares hooks"};
  for (std::size_t i = 0; i < world.pods.size(); ++i)
    if (world.pods[i].released && !world.pods[i].frozen)
      return {condition_status::is_false, "HookFailed",
              "pod " + world.plan->pods[i].name + ": " + world.pods[i].end->cause};
  if (world.all_frozen())
    return {condition_status::is_true, "Frozen", "every pre-hook succeeded"};
  return {condition_status::unknown, "Freezing", "the pods are about to be frozen"};
}

finding cut_finding(const observed& world) {
  if (world.all_cut())
    return {condition_status::is_true, "Cut", "every snapshot has a creation time"};
  const auto count = world.snapshots.size();
  for (std::size_t i = 0; i < count + (world.group ? 1 : 0); ++i)
    if (const auto& one = i < count ? world.snapshots[i] : *world.group;
        one.lost || !one.trouble.empty())
      return {condition_status::is_false, "SnapshotFailed",
              name_of_followed(*world.plan, i) + ": " + one.lost.value_or(one.trouble)};
  if (world.ending)
    return {condition_status::is_false, "NotCut", "the backup ended before"};
  return {condition_status::unknown, "Pending", "not every snapshot is cut yet"};
}

finding thawed_finding(const observed& world) {
  if (!world.first_freeze_sent() && (world.ending || !world.has_hooks()))
    return {condition_status::is_true, "NeverFrozen", "no pod was frozen"};
  if (!world.all_released())
    return {condition_status::is_false, "MayBeFrozen", "a pod may be frozen"};
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    const auto& end = *world.pods[i].end;
    if (end.how == release::unconfirmed)
      return {condition_status::unknown, "ThawUnconfirmed",
              "pod " + world.plan->pods[i].name + ": " + end.cause};
    if (end.how == release::post_hook_failed)
      return {condition_status::is_false, "PostHookFailed",
              "pod " + world.plan->pods[i].name + ": " + end.cause};
  }
  return {condition_status::is_true, "Thawed", "every pod is thawed"};
}

finding ready_finding(const observed& world) {
  if (world.all_ready())
    return {condition_status::is_true, "Ready", "every snapshot is ready to use"};
  if (world.ending)
    return {condition_status::is_false, world.ending->reason, world.ending->message};
  return {condition_status::unknown, "Pending", "not every snapshot is ready yet"};
}

finding outcome_finding(const observed& world) {
  if (world.ending)
    return {is_final(world.ending->phase) ? condition_status::is_false : condition_status::unknown,
            world.ending->reason, world.ending->message};
  if (has_succeeded(world))
    return {condition_status::is_true, "Completed",
            world.backup.spec.dry_run ? "frozen and thawed; a dry run takes no snapshot"
                                      : "every snapshot is ready to use"};
  if (world.turn == turn_state::delayed)
    return {condition_status::unknown, "Queued", "waits for " + world.waits_for};
  if (!world.plan && world.is_held_up)
    return {condition_status::unknown, "Queued",
            "waits for its preflight: backups of its namespace are before it, or the API server "
            "is slow"};
  return {condition_status::unknown, "Running", "the backup has not ended"};
}

void set(crds::volume_backup_status& status, std::string_view type, finding found,
         const observed& world, const moment& now) {
  crds::set_condition(status.conditions,
                      {std::string{type}, found.status, std::move(found.reason),
                       std::move(found.message), world.backup.metadata.generation, now.wall});
}

void set_conditions(crds::volume_backup_status& status, const observed& world, const moment& now) {
  status.conditions = world.backup.status.conditions;
  if (world.is_settled) {
    set(status, condition::succeeded, outcome_finding(world), world, now);
    return set(status, condition::snapshots_ready, ready_finding(world), world, now);
  }
  set(status, condition::preflight_passed, preflight_finding(world), world, now);
  set(status, condition::succeeded, outcome_finding(world), world, now);
  if (!world.plan)
    return;
  set(status, condition::pods_frozen, frozen_finding(world), world, now);
  set(status, condition::pods_thawed, thawed_finding(world), world, now);
  if (world.backup.spec.dry_run)
    return;
  set(status, condition::snapshots_cut, cut_finding(world), world, now);
  set(status, condition::snapshots_ready, ready_finding(world), world, now);
}

// Rows.

std::string state_of(const observed_pod& pod) {
  if (!pod.freeze_sent)
    return "Pending";
  if (!pod.released)
    return pod.frozen ? "Frozen" : "Freezing";
  switch (pod.end->how) {
  case release::thawed:
  case release::rescued:
    return "Thawed";
  case release::thawed_itself:
  case release::unconfirmed:
    return "Lost";
  case release::never_frozen:
  case release::pre_hook_failed:
  case release::post_hook_failed:
    return "Failed";
  }
  return "Lost";
}

bool has_failed(const observed_pod& pod) {
  return pod.end && pod.end->how != release::thawed;
}

crds::pod_status pod_row(const planned_pod& planned, const observed_pod& pod, bool records_output) {
  crds::pod_status row{planned.name, planned.uid, planned.container, planned.restart_count, {}};
  row.hook.mode = std::string{freeze_session::to_string(planned.hooks.mode)};
  row.hook.preset = planned.hooks.preset;
  row.hook.state = state_of(pod);
  row.hook.frozen_at = wall(pod.frozen);
  row.hook.thawed_at = wall(pod.released);
  if (!pod.end)
    return row;
  row.hook.exit_code = pod.end->pre_exit.value_or(0) != 0 ? pod.end->pre_exit : pod.end->post_exit;
  if (records_output && has_failed(pod))
    row.hook.output = pod.end->output;
  return row;
}

crds::snapshot_status snapshot_row(const planned_claim& claim, const observed_snapshot& snapshot) {
  crds::snapshot_status row;
  row.claim = claim.name;
  row.claim_uid = claim.uid;
  row.volume_snapshot_name = claim.snapshot_name.empty() ? snapshot.seen.name : claim.snapshot_name;
  row.content_name = snapshot.seen.content_name;
  row.snapshot_handle = snapshot.seen.handle;
  row.driver = claim.driver;
  row.class_name = claim.class_name;
  row.creation_time = snapshot.seen.creation_time;
  row.ready_to_use = snapshot.ready.has_value();
  row.restore_size = snapshot.seen.restore_size;
  row.error = snapshot.lost.value_or(snapshot.trouble);
  return row;
}

void add_rows(crds::volume_backup_status& status, const observed& world) {
  const auto& plan = *world.plan;
  status.application = plan.application;
  status.timeouts = plan.timeouts;
  for (std::size_t i = 0; i < world.pods.size(); ++i)
    status.pods.push_back(
        pod_row(plan.pods[i], world.pods[i], world.backup.spec.hooks.record_output));
  if (world.backup.spec.dry_run)
    return;
  if (plan.group)
    status.volume_group_snapshot_name = plan.group->name;
  for (std::size_t i = 0; i < world.snapshots.size(); ++i)
    status.snapshots.push_back(snapshot_row(plan.claims[i], world.snapshots[i]));
  const auto ready
      = std::count_if(world.snapshots.begin(), world.snapshots.end(),
                      [](const observed_snapshot& snapshot) { return snapshot.ready.has_value(); });
  status.snapshots_ready = std::to_string(ready) + "/" + std::to_string(world.snapshots.size());
}

/// What an earlier process saw of freeze, cut and thaw stands as it wrote it.
void keep_settled(crds::volume_backup_status& status, const crds::volume_backup_status& last) {
  status.pods = last.pods;
  status.consistency = last.consistency;
  status.frozen_at = last.frozen_at;
  status.cut_at = last.cut_at;
  status.thawed_at = last.thawed_at;
  status.freeze_milliseconds = last.freeze_milliseconds;
}

void add_outcome(crds::volume_backup_status& status, const observed& world, const moment& now) {
  const auto outcome = outcome_finding(world);
  status.reason = outcome.reason;
  status.message = outcome.message;
  if (is_final(status.phase))
    status.completion_time = now.wall;
  if (world.is_settled && !world.ending)
    status.message = world.backup.status.message;
  if (world.is_settled || !world.all_cut() || !world.all_released())
    return;
  const auto judged = verdict_of(world);
  status.consistency = judged.consistency;
  if (!world.ending)
    status.message = std::string{to_string(judged.consistency)} + ": " + judged.message;
}

} // namespace

std::optional<std::chrono::milliseconds> freeze_window(const observed& world) {
  std::optional<std::chrono::steady_clock::time_point> begin, end;
  for (const auto& pod : world.pods) {
    if (!pod.frozen || !pod.released)
      continue;
    const auto began = pod.frozen->steady - pod.pre_hook_took;
    begin = begin ? std::min(*begin, began) : began;
    end = end ? std::max(*end, pod.released->steady) : pod.released->steady;
  }
  if (!begin)
    return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(*end - *begin);
}

crds::volume_backup_status status_of(const observed& world, const moment& now) {
  crds::volume_backup_status status;
  status.phase = phase_of(world);
  status.observed_generation = world.backup.metadata.generation;
  status.start_time = world.started.wall;
  status.frozen_at = world.has_hooks() ? wall(world.last_frozen()) : std::nullopt;
  status.cut_at = wall(world.last_cut());
  status.thawed_at = world.first_freeze_sent() ? wall(world.last_released()) : std::nullopt;
  status.ready_at = wall(world.last_ready());
  if (const auto window = freeze_window(world))
    status.freeze_milliseconds = window->count();
  status.attempts = world.plan ? world.plan->attempt : world.backup.status.attempts;
  if (world.plan)
    add_rows(status, world);
  if (world.is_settled)
    keep_settled(status, world.backup.status);
  set_conditions(status, world, now);
  add_outcome(status, world, now);
  return status;
}

} // namespace actors
