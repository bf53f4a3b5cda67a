#include "actors/volume_backup/measures.hpp"

namespace actors {

namespace {

using span = std::optional<std::chrono::nanoseconds>;
using messages::release;

span between(const std::optional<moment>& begin, const std::optional<moment>& end) {
  if (!begin || !end || end->steady < begin->steady)
    return std::nullopt;
  return end->steady - begin->steady;
}

std::string pre_result(const observed_pod& pod) {
  if (pod.frozen)
    return "Succeeded";
  return pod.end->how == release::never_frozen || pod.end->how == release::pre_hook_failed
             ? "Failed"
             : "Unknown";
}

std::string post_result(release how) {
  switch (how) {
  case release::thawed:
  case release::rescued:
  case release::thawed_itself:
  case release::pre_hook_failed: // it ran, and nothing said that it failed
    return "Succeeded";
  case release::post_hook_failed:
    return "Failed";
  default:
    return "Unknown";
  }
}

void add_hooks(backup_measures& measures, const planned_pod& planned, const observed_pod& pod) {
  if (!pod.freeze_sent || !pod.end)
    return;
  const std::string mode{freeze_session::to_string(planned.hooks.mode)};
  measures.hooks.push_back({"pre", mode, pre_result(pod)});
  if (pod.end->how != release::never_frozen)
    measures.hooks.push_back({"post", mode, post_result(pod.end->how)});
}

} // namespace

backup_measures measures_of(const observed& world) {
  backup_measures measures;
  if (!world.plan)
    return measures;
  if (!world.earlier && !world.was_interrupted) // else only the rescue was timed
    measures.freeze = between(world.first_freeze_sent(), world.last_released());
  for (std::size_t i = 0; i < world.pods.size(); ++i)
    add_hooks(measures, world.plan->pods[i], world.pods[i]);
  const auto cut = world.last_cut();
  measures.cut = between(world.first_requested(), cut);
  if (world.plan->thaw_on == crds::thaw_on::cut)
    measures.thaw_dispatch = between(cut, world.first_thaw_sent());
  measures.ready = between(cut, world.last_ready());
  return measures;
}

} // namespace actors
