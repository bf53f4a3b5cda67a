#include "k8s/resources/volume_snapshot.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

namespace {

std::optional<std::string> error_message(const json_reader& status) {
  if (!status.has("error"))
    return std::nullopt;
  return status.child("error").text("message");
}

/// The content's creationTime is a number of nanoseconds, unlike the snapshot's.
std::optional<timestamp> nanosecond_time(const json_reader& from, std::string_view field) {
  const auto since_epoch = from.optional_integer(field);
  if (!since_epoch)
    return std::nullopt;
  return timestamp{std::chrono::nanoseconds{*since_epoch}};
}

/// The owner is there from the start, the status comes later; whatever version made it.
std::string group_of(const object_meta& meta, const json_reader& status) {
  for (const auto& owner : meta.owner_references)
    if (owner.kind == "VolumeGroupSnapshot"
        && owner.api_version.starts_with("groupsnapshot.storage.k8s.io/"))
      return owner.name;
  return status.text("volumeGroupSnapshotName");
}

bool is_true(const object_meta& meta, const char* annotation) {
  const auto found = meta.annotations.find(annotation);
  return found != meta.annotations.end() && found->second == "true";
}

} // namespace

result<volume_snapshot> volume_snapshot::decode(const nlohmann::json& object) {
  return decode_object<volume_snapshot>(
      object, kind.kind, [](const json_reader& from, volume_snapshot& into) {
        const json_reader spec = from.child("spec");
        const json_reader status = from.child("status");
        into.class_name = spec.text("volumeSnapshotClassName");
        into.source_claim = spec.child("source").text("persistentVolumeClaimName");
        into.group = group_of(into.metadata, status);
        into.content_name = status.text("boundVolumeSnapshotContentName");
        into.creation_time = status.time("creationTime");
        into.ready_to_use = status.flag("readyToUse");
        into.restore_size = status.text("restoreSize");
        into.error = error_message(status);
      });
}

result<volume_snapshot_content> volume_snapshot_content::decode(const nlohmann::json& object) {
  return decode_object<volume_snapshot_content>(
      object, kind.kind, [](const json_reader& from, volume_snapshot_content& into) {
        const json_reader spec = from.child("spec");
        const json_reader status = from.child("status");
        const json_reader snapshot = spec.child("volumeSnapshotRef");
        into.driver = spec.text("driver");
        into.deletion_policy = spec.text("deletionPolicy");
        into.snapshot = {snapshot.text("namespace"), snapshot.text("name")};
        into.snapshot_uid = snapshot.text("uid");
        into.snapshot_handle = status.text("snapshotHandle");
        into.source_volume_mode = spec.text("sourceVolumeMode");
        into.creation_time = nanosecond_time(status, "creationTime");
        into.restore_size = status.optional_integer("restoreSize");
        into.ready_to_use = status.flag("readyToUse");
        into.error = error_message(status);
      });
}

result<volume_snapshot_class> volume_snapshot_class::decode(const nlohmann::json& object) {
  return decode_object<volume_snapshot_class>(
      object, kind.kind, [](const json_reader& from, volume_snapshot_class& into) {
        into.driver = from.text("driver");
        into.deletion_policy = from.text("deletionPolicy");
        into.is_default = is_true(into.metadata, "snapshot.storage.kubernetes.io/is-default-class");
      });
}

} // namespace k8s
