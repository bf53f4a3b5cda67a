#include "tests/kubesim/csi/volume_source.hpp"

namespace kubesim {
namespace {

constexpr const char* mode_change = "snapshot.storage.kubernetes.io/allow-volume-mode-change";

std::string name_of(const json& object) {
  return text_at_path(object, {"metadata", "name"});
}

/// The content that belongs to the snapshot and to the driver of the class; null: none.
std::shared_ptr<const json> content_of(const csi_context& csi, const json& snapshot,
                                       const json& storage_class) {
  auto content = csi.objects.find(
      *csi.contents, {"", text_at_path(snapshot, {"status", "boundVolumeSnapshotContentName"})});
  const bool is_ours
      = content && text_at_path(*content, {"spec", "volumeSnapshotRef", "uid"}) == uid_of(snapshot)
        && text_at_path(*content, {"spec", "driver"})
               == text_at_path(storage_class, {"provisioner"});
  return is_ours ? content : nullptr;
}

std::string size_problem(const json& claim, const json& snapshot) {
  const auto wanted = bytes_of(at_path(claim, {"spec", "resources", "requests", "storage"}));
  const auto needed = bytes_of(at_path(snapshot, {"status", "restoreSize"}));
  if (wanted >= needed)
    return {};
  return "requested volume size " + std::to_string(wanted) + " is less than the size "
         + std::to_string(needed) + " for the source snapshot " + name_of(snapshot);
}

std::string mode_problem(const json& claim, const json& content) {
  const auto mode = text_at_path(content, {"spec", "sourceVolumeMode"});
  if (mode.empty() || mode == text_at_path(claim, {"spec", "volumeMode"}, "Filesystem"))
    return {};
  const auto why = "requested volume " + text_at_path(claim, {"metadata", "namespace"}) + "/"
                   + name_of(claim)
                   + " modifies the mode of the source volume but does not have permission to do "
                     "so. ";
  const auto& allowed = at_path(content, {"metadata", "annotations", mode_change});
  if (allowed.is_null())
    return why + mode_change + " annotation is not present on snapshotcontent " + name_of(content);
  if (allowed != "true")
    return why + mode_change + " is set to false on snapshotcontent " + name_of(content);
  return {};
}

std::string problem_of(const json& claim, const json& snapshot, const json* content) {
  const auto name = name_of(snapshot);
  if (is_being_deleted(snapshot) && !has_finalizer(snapshot, snapshot_finalizer::as_source))
    return "snapshot " + name + " is being deleted";
  if (!content)
    return "snapshot " + name + " not bound";
  if (!flag_at_path(snapshot, {"status", "readyToUse"}, false))
    return "snapshot " + name + " is not Ready";
  if (text_at_path(*content, {"status", "snapshotHandle"}).empty())
    return "snapshot handle " + name + " is not available";
  if (auto why = size_problem(claim, snapshot); !why.empty())
    return why;
  return mode_problem(claim, *content);
}

volume_source of_snapshot(const csi_context& csi, const json& claim, const json& storage_class,
                          const std::string& name) {
  const auto prefix = "error getting handle for DataSource Type VolumeSnapshot by Name " + name;
  const auto snapshot = csi.snapshots
                            ? csi.objects.find(*csi.snapshots, {ref_of(claim).name_space, name})
                            : nullptr;
  if (!snapshot)
    return {.problem = prefix + ": error getting snapshot " + name
                       + " from api server: volumesnapshots.snapshot.storage.k8s.io \"" + name
                       + "\" not found"};
  const auto content = content_of(csi, *snapshot, storage_class);
  if (const auto why = problem_of(claim, *snapshot, content.get()); !why.empty())
    return {.problem = prefix + ": " + why};
  return {.directory = csi.layout().snapshot(text_at_path(*content, {"status", "snapshotHandle"}))};
}

volume_source of_claim(const csi_context& csi, const json& claim, const std::string& name) {
  const auto prefix
      = "error getting handle for DataSource Type PersistentVolumeClaim by Name " + name + ": ";
  const auto other = csi.objects.find(csi.claims, {ref_of(claim).name_space, name});
  if (!other)
    return {.problem = prefix + "error getting PVC " + name + " (namespace \""
                       + ref_of(claim).name_space + "\") from api server: persistentvolumeclaims \""
                       + name + "\" not found"};
  const auto volume
      = csi.objects.find(csi.volumes, {"", text_at_path(*other, {"spec", "volumeName"})});
  if (!volume)
    return {.problem = prefix + "the PVC " + name + " is not bound"};
  return {.directory = csi.layout().volume(text_at_path(*volume, {"spec", "csi", "volumeHandle"}))};
}

} // namespace

volume_source source_of(const csi_context& csi, const json& claim, const json& storage_class) {
  const auto& source = at_path(claim, {"spec", "dataSource"});
  if (!source.is_object())
    return {};
  const auto name = text_at_path(source, {"name"});
  if (text_at_path(source, {"kind"}) == "PersistentVolumeClaim")
    return of_claim(csi, claim, name);
  return of_snapshot(csi, claim, storage_class, name);
}

} // namespace kubesim
