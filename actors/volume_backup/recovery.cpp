#include "actors/volume_backup/recovery.hpp"

#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>

namespace actors {

namespace {

using crds::backup_phase;
using messages::release;

/// A time of the status, on both clocks.
moment moment_of(k8s::timestamp wall, const moment& now) {
  return {now.steady - (now.wall - wall), wall};
}

planned_pod planned_of(const crds::pod_status& row) {
  planned_pod pod{row.name, row.uid, row.container, row.restart_count, {}, {}, {}};
  for (const auto mode : {freeze_session::hook_mode::session, freeze_session::hook_mode::client,
                          freeze_session::hook_mode::exec})
    if (row.hook.mode == freeze_session::to_string(mode))
      pod.hooks.mode = mode;
  pod.hooks.preset = row.hook.preset;
  return pod;
}

backup_plan plan_of(const crds::volume_backup& backup) {
  const auto& status = backup.status;
  backup_plan plan;
  plan.application = status.application.value_or(crds::application_status{});
  for (const auto& row : status.pods)
    plan.pods.push_back(planned_of(row));
  for (const auto& row : status.snapshots)
    plan.claims.push_back(
        {row.claim, row.claim_uid, row.driver, row.class_name, row.volume_snapshot_name});
  if (!status.volume_group_snapshot_name.empty())
    plan.group = {status.volume_group_snapshot_name, {}};
  plan.timeouts = status.timeouts.value_or(backup.spec.timeouts);
  plan.attempt = status.attempts;
  return plan;
}

/// What was seen of a snapshot by whoever wrote the status.
observed_snapshot snapshot_of(const crds::snapshot_status& row, const moment& now) {
  observed_snapshot snapshot;
  snapshot.requested = snapshot.created = now;
  snapshot.is_from_earlier_run = true;
  snapshot.trouble = row.error;
  snapshot.seen.content_name = row.content_name;
  snapshot.seen.handle = row.snapshot_handle;
  snapshot.seen.driver = row.driver;
  snapshot.seen.restore_size = row.restore_size;
  snapshot.seen.creation_time = row.creation_time;
  if (row.ready_to_use)
    snapshot.ready = now;
  return snapshot;
}

/// Thawed and judged: only the upload is left.
void resume_upload(observed& world, const moment& now) {
  const auto& status = world.backup.status;
  const auto thawed = moment_of(status.thawed_at.value_or(now.wall), now);
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    auto& pod = world.pods[i];
    pod.freeze_sent = pod.thaw_sent = pod.released = thawed;
    pod.end = messages::pod_released{i, release::thawed, {}, {}, {}, {}, thawed.wall};
  }
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    world.snapshots[i] = snapshot_of(status.snapshots[i], now);
    world.snapshots[i].cut = moment_of(status.cut_at.value_or(now.wall), now);
  }
  world.is_settled = true;
  world.freezing_status = world.uploading_status = persisted::accepted;
  world.identity = identity_state::same;
}

/// The pods count as frozen, and as asked to thaw: the rescue is that thaw.
void clear_up_first(observed& world, const moment& now) {
  const auto& timeouts = world.plan->timeouts;
  world.earlier = earlier_run{};
  world.earlier->void_from = now.steady + std::min(timeouts.freeze, timeouts.max_freeze);
  for (auto& pod : world.pods)
    pod.freeze_sent = pod.thaw_sent = now;
  if (world.has_hooks())
    world.turn = turn_state::held;
}

const k8s::pod* find(const std::vector<k8s::pod>& pods, const planned_pod& planned) {
  const auto found = std::find_if(pods.begin(), pods.end(), [&planned](const k8s::pod& pod) {
    return pod.metadata.name == planned.name && pod.metadata.uid == planned.uid;
  });
  return found == pods.end() ? nullptr : &*found;
}

/// The preset may have been the provider's, and the container too; both stand in the status.
freeze_session::declared_hooks declared_now(const k8s::pod& pod, const planned_pod& planned,
                                            const backup_plan& plan) {
  freeze_session::hook_setting setting{
      {}, plan.timeouts.max_freeze, planned.hooks.preset, planned.container};
  for (const auto& claim : plan.claims)
    setting.claims.insert(claim.name);
  return freeze_session::declared_hooks_of(pod, setting);
}

} // namespace

observed take_up(const crds::volume_backup& backup, const moment& now) {
  observed world;
  world.backup = backup;
  world.started = now;
  const auto& status = backup.status;
  if (status.start_time)
    world.started = moment_of(*status.start_time, now);
  if (backup.metadata.has_finalizer(crds::volume_backup::finalizer))
    world.finalizer = persisted::accepted;
  if (!has_begun(status.phase))
    return world;
  if (is_final(status.phase)) {
    world.final_status = persisted::accepted;
    world.ending = actors::ending{status.phase, status.reason, status.message};
    return world;
  }
  world.preflight = preflight_state::answered;
  world.plan = plan_of(backup);
  world.pods.resize(world.plan->pods.size());
  world.snapshots.resize(world.plan->claims.size());
  if (status.phase == backup_phase::uploading)
    resume_upload(world, now);
  else
    clear_up_first(world, now);
  if (world.plan->group)
    take_up_group(world, now);
  return world;
}

void note_earlier_pods(observed& world, const std::vector<k8s::pod>& found, const moment& now) {
  world.earlier->pods_known = true;
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    auto& planned = world.plan->pods[i];
    if (const auto* pod = find(found, planned)) {
      auto declared = declared_now(*pod, planned, *world.plan);
      if (declared.hooks && declared.hooks->mode == planned.hooks.mode)
        planned.hooks = std::move(*declared.hooks);
      continue;
    }
    world.pods[i].released = now;
    world.pods[i].end = messages::pod_released{
        i, release::rescued, {}, {}, "the pod is gone, and its freeze with it", {}, now.wall};
  }
}

void note_earlier_snapshots(observed& world, const std::vector<k8s::volume_snapshot>& found,
                            const moment& now) {
  world.earlier->snapshots_asked = false;
  world.earlier->snapshots_known = now;
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    auto& snapshot = world.snapshots[i];
    for (const auto& one : found) {
      if (one.metadata.name != world.plan->claims[i].snapshot_name
          || !belongs_to(one.metadata, world.backup.metadata.uid)
          || one.metadata.is_being_deleted())
        continue;
      snapshot.requested = snapshot.created = now;
      snapshot.discarded.reset();
      snapshot.uid = one.metadata.uid;
      snapshot.is_from_earlier_run = true;
      merge(snapshot.seen, observe(one));
      if (is_cut(snapshot.seen))
        snapshot.cut = moment_of(*snapshot.seen.creation_time, now);
    }
  }
}

void expect_late_freezes(observed& world, const moment& now) {
  world.earlier->is_thawed_again = true;
  world.earlier->pods_asked = world.earlier->pods_known = false;
  for (auto& pod : world.pods) {
    pod = {};
    pod.freeze_sent = pod.thaw_sent = now;
  }
}

void go_on_to_ready(observed& world) {
  world.earlier.reset();
  world.was_interrupted = true;
  world.freezing_status = persisted::accepted;
  world.identity = identity_state::changed;
}

observed begin_again(const observed& world) {
  observed again;
  again.backup = world.backup;
  again.started = world.started;
  again.finalizer = world.finalizer;
  again.is_stopping = world.is_stopping;
  return again;
}

} // namespace actors
