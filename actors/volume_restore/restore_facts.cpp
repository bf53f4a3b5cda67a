#include "actors/volume_restore/restore_facts.hpp"

#include <algorithm>

namespace actors {

namespace {

template <class Object>
const Object* find_named(const std::vector<Object>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [name](const Object& one) { return one.metadata.name == name; });
  return found == all.end() ? nullptr : &*found;
}

template <class Object>
const Object* find_keyed(const std::map<std::string, Object>& all, std::string_view name) {
  const auto found = all.find(std::string{name});
  return found == all.end() ? nullptr : &found->second;
}

} // namespace

const k8s::persistent_volume_claim* restore_facts::find_claim(std::string_view name) const {
  return find_named(claims, name);
}

const k8s::volume_snapshot* restore_facts::find_snapshot(std::string_view name) const {
  return find_named(snapshots, name);
}

const k8s::persistent_volume_claim* restore_world::find_claim(std::string_view name) const {
  return find_keyed(claims, name);
}

const k8s::persistent_volume* restore_world::find_volume(std::string_view name) const {
  return find_keyed(volumes, name);
}

std::vector<const k8s::pod*> restore_world::pods_of_workload() const {
  std::vector<const k8s::pod*> found;
  if (workload)
    for (const auto& pod : pods)
      if (selects(workload->selector, pod.metadata.labels))
        found.push_back(&pod);
  return found;
}

std::vector<const k8s::pod*> restore_world::users_of(std::string_view claim) const {
  std::vector<const k8s::pod*> users;
  for (const auto& pod : pods)
    if (std::any_of(pod.claims.begin(), pod.claims.end(),
                    [claim](const auto& volume) { return volume.second == claim; }))
      users.push_back(&pod);
  return users;
}

} // namespace actors
