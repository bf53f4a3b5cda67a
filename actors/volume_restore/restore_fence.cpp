#include "actors/volume_restore/restore_fence.hpp"

#include "actors/volume_restore/restore_plan.hpp"

namespace actors {

namespace {

struct fenced_object {
  k8s::resource_kind kind;
  const k8s::object_meta* metadata;
};

/// SwitchClaim changes nothing of the old claims and volumes on its way forward.
std::vector<fenced_object> objects_of(const crds::volume_restore& restore,
                                      const restore_world& world) {
  std::vector<fenced_object> objects;
  if (world.workload)
    objects.push_back({workload_kind(restore.status.workload->kind), &world.workload->metadata});
  if (restore.status.strategy != crds::restore_strategy::replace_claim)
    return objects;
  for (const auto& row : restore.status.claims) {
    const auto* claim = world.find_claim(row.claim);
    if (row.is_restored() && claim && claim->metadata.uid == row.old_uid
        && !claim->metadata.is_being_deleted())
      objects.push_back({k8s::persistent_volume_claim::kind, &claim->metadata});
    if (const auto* volume = world.find_volume(row.old_volume))
      objects.push_back({k8s::persistent_volume::kind, &volume->metadata});
  }
  return objects;
}

bool has_mark(const k8s::object_meta& metadata) {
  return metadata.annotations.contains(std::string{restore_mark::rolling_back});
}

} // namespace

object_versions versions_of(const crds::volume_restore& restore, const restore_world& world) {
  object_versions versions;
  for (const auto& [kind, metadata] : objects_of(restore, world))
    versions[metadata->uid] = metadata->resource_version;
  return versions;
}

void fence(const crds::volume_restore& restore, const restore_world& world,
           const object_versions& at_beginning, restore_work& work) {
  for (const auto& [kind, metadata] : objects_of(restore, world)) {
    const auto before = at_beginning.find(metadata->uid);
    const bool is_as_before
        = before != at_beginning.end() && before->second == metadata->resource_version;
    if (is_as_before) // one that an earlier process has marked gets its new version all the same
      work.changes.push_back(mark_rolling_back(kind, *metadata, restore, !has_mark(*metadata)));
  }
}

void take_fence_down(const crds::volume_restore& restore, const restore_world& world,
                     restore_work& work) {
  for (const auto& [kind, metadata] : objects_of(restore, world))
    if (has_mark(*metadata))
      work.changes.push_back(mark_rolling_back(kind, *metadata, restore, false));
}

} // namespace actors
