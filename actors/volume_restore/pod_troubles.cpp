#include "actors/volume_restore/pod_troubles.hpp"

#include <algorithm>

namespace actors {

namespace {

/// Its own trouble comes before what its probe says: it tells why there is nothing to probe.
std::string trouble_of(const k8s::pod& pod, const restore_world& world) {
  if (!pod.trouble.empty())
    return pod.trouble;
  const auto unready = std::find_if(pod.statuses.begin(), pod.statuses.end(),
                                    [](const auto& container) { return !container.ready; });
  if (unready == pod.statuses.end())
    return {};
  const auto said = world.pod_troubles.find(pod.metadata.name);
  return "container " + unready->name + " is not ready"
         + (said == world.pod_troubles.end() ? "" : ": " + said->second);
}

} // namespace

const k8s::pod* troubled_pod(const restore_world& world) {
  const k8s::pod* unready = nullptr;
  for (const auto* pod : world.pods_of_workload()) {
    if (!pod->trouble.empty())
      return pod;
    if (!unready && !pod->ready && !pod->metadata.is_being_deleted())
      unready = pod;
  }
  return unready;
}

std::string trouble_of_pods(const restore_world& world) {
  const auto* pod = troubled_pod(world);
  const auto trouble = pod ? trouble_of(*pod, world) : std::string{};
  return trouble.empty() ? trouble : " (pod " + pod->metadata.name + ": " + trouble + ")";
}

} // namespace actors
