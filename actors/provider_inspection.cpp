#include "actors/provider_inspection.hpp"

#include "actors/freeze_session/presets.hpp"

#include <algorithm>

namespace actors {

using messages::provider_inspected;

provider_inspected
judge_provider(const crds::volume_backup_provider& provider,
               const std::optional<std::vector<k8s::volume_snapshot_class>>& classes) {
  if (provider.spec.type == crds::provider_type::object_store)
    return {"NotSupported", "spec.type: ObjectStore is not available yet; use Snapshot", false};
  const auto& preset = provider.spec.hooks_preset;
  const auto why_not = preset.empty() ? "" : freeze_session::why_no_preset(preset);
  if (!why_not.empty())
    return {"NotSupported", "spec.hooks.preset: \"" + preset + "\": " + why_not, false};
  if (!classes)
    return {"Ready", "the snapshot classes may not be read and were not checked", true};
  for (const auto& [driver, name] : provider.spec.snapshot_classes) {
    const auto found
        = std::find_if(classes->begin(), classes->end(),
                       [&name = name](const auto& one) { return one.metadata.name == name; });
    if (found == classes->end())
      return {"ClassMissing",
              "spec.snapshot.classes: VolumeSnapshotClass " + name + " does not exist", false};
    if (found->driver != driver)
      return {"ClassMismatch",
              "spec.snapshot.classes: VolumeSnapshotClass " + name + " is of driver "
                  + found->driver + ", not " + driver,
              false};
  }
  return {"Ready", "all classes exist", true};
}

void inspect_provider_world(k8s::client& api, messages::provider_ptr provider,
                            std::chrono::milliseconds deadline,
                            std::function<void(provider_inspected)> done) {
  api.list<k8s::volume_snapshot_class>(
      {}, {}, deadline,
      [provider,
       done = std::move(done)](k8s::result<k8s::list_of<k8s::volume_snapshot_class>> list) {
        if (list)
          return done(judge_provider(*provider, list->items));
        if (list.error().is_forbidden())
          return done(judge_provider(*provider, std::nullopt));
        if (list.error().is_not_found())
          return done({"SnapshotApiMissing",
                       "the cluster does not serve snapshot.storage.k8s.io/v1", false});
        done({"ReadFailed", to_string(list.error()), false});
      });
}

} // namespace actors
