#include "actors/volume_backup/verdict.hpp"

#include <optional>

namespace actors {

namespace {

using crds::consistency;
using messages::release;
using namespace std::chrono_literals;

/// How far a creation time may lie outside the freeze before it is not believed: clocks differ
/// between nodes, and a VolumeSnapshot's time has whole seconds.
constexpr auto clock_tolerance = 5s;

verdict crash(std::string reason, std::string message) {
  return {consistency::crash, std::move(reason), std::move(message)};
}

verdict unknown(std::string reason, std::string message) {
  return {consistency::unknown, std::move(reason), std::move(message)};
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names)
    text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// Known not to have been frozen, whatever else happened.
std::optional<verdict> was_not_frozen(const observed& world) {
  if (!world.has_hooks())
    return crash("NoHooks", "no pod of the application declares hooks");
  if (!world.plan->unhooked_pods.empty())
    return crash("ForeignWriter",
                 "mounts a claim and declares no hooks: " + joined(world.plan->unhooked_pods));
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    const auto& end = world.pods[i].end;
    if (!world.pods[i].frozen)
      return crash("HookFailed", "pod " + world.plan->pods[i].name
                                     + " was not frozen: " + (end ? end->cause : "never asked"));
  }
  return std::nullopt;
}

/// The process that froze the pods did not live to see their thaw: nobody knows whether they stayed
/// frozen until the cut.
std::optional<verdict> was_interrupted(const observed& world) {
  if (!world.was_interrupted || !world.has_hooks())
    return std::nullopt;
  return unknown("Interrupted", "the operator ended between freeze and thaw");
}

/// A one-shot client took the lock and let go of it when it ended, long before the cut.
std::optional<verdict> lock_was_lost(const observed& world) {
  using freeze_session::lock_lifetime;
  for (const auto& pod : world.plan->pods) {
    const auto text = "pod " + pod.name + ": " + pod.one_shot.advice;
    if (pod.one_shot.lifetime == lock_lifetime::ends_with_client)
      return crash("LockLost", text);
    if (pod.one_shot.lifetime == lock_lifetime::unsure)
      return unknown("LockUnsure", text);
  }
  return std::nullopt;
}

/// The order of freeze, cut and thaw as this process saw it.
std::optional<verdict> was_out_of_order(const observed& world) {
  const auto last_frozen = world.last_frozen();
  const auto first_thaw = world.first_thaw_sent();
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    const auto& snapshot = world.snapshots[i];
    const auto& claim = world.plan->claims[i].name;
    if (snapshot.is_from_earlier_run)
      return unknown("SnapshotAdopted",
                     "the snapshot of claim " + claim + " was there before this run asked for it");
    if (!snapshot.requested || snapshot.requested->steady < last_frozen->steady)
      return crash("CutTooEarly",
                   "claim " + claim + " was asked to be cut before every pod was frozen");
    if (!first_thaw || !snapshot.cut || snapshot.cut->steady > first_thaw->steady)
      return unknown("CutTooLate", "the cut of claim " + claim + " was not seen before the thaw");
  }
  return std::nullopt;
}

/// A session that ended early, or a thaw that is not proven.
std::optional<verdict> was_not_held(const observed& world) {
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    const auto& end = *world.pods[i].end;
    const auto& pod = world.plan->pods[i].name;
    if (end.how == release::post_hook_failed)
      return unknown("PostHookFailed", "pod " + pod + ": " + end.cause);
    if (end.how != release::thawed)
      return unknown("SessionLost",
                     "pod " + pod + " did not hold its freeze until the thaw: " + end.cause);
  }
  return std::nullopt;
}

std::optional<verdict> changed_identity(const observed& world) {
  if (world.identity == identity_state::same)
    return std::nullopt;
  return unknown("PodChanged", world.identity_change.empty()
                                   ? "the pods could not be compared after the thaw"
                                   : world.identity_change);
}

std::optional<verdict> has_lying_times(const observed& world) {
  const auto begin = world.last_frozen()->wall - clock_tolerance;
  const auto end = world.last_released()->wall + clock_tolerance;
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    const auto& time = world.snapshots[i].seen.creation_time;
    if (!time || *time < begin || *time > end)
      return unknown("CreationTimeOutsideFreeze",
                     "claim " + world.plan->claims[i].name + " says it was cut "
                         + (time ? "at " + k8s::to_rfc3339_micro(*time) : "at no time")
                         + ", outside the freeze");
  }
  return std::nullopt;
}

} // namespace

verdict verdict_of(const observed& world) {
  for (const auto rule : {was_interrupted, was_not_frozen, lock_was_lost, was_out_of_order,
                          was_not_held, changed_identity, has_lying_times})
    if (auto lowered = rule(world))
      return *lowered;
  return {consistency::application, "Frozen", "every pod was frozen while every snapshot was cut"};
}

} // namespace actors
