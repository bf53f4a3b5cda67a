#include "k8s/resources/volume_group_snapshot.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

result<volume_group_snapshot> volume_group_snapshot::decode(const nlohmann::json& object) {
  return decode_object<volume_group_snapshot>(
      object, kind.kind, [](const json_reader& from, volume_group_snapshot& into) {
        const json_reader status = from.child("status");
        into.class_name = from.child("spec").text("volumeGroupSnapshotClassName");
        into.content_name = status.text("boundVolumeGroupSnapshotContentName");
        into.creation_time = status.time("creationTime");
        into.ready_to_use = status.flag("readyToUse");
        if (status.has("error"))
          into.error = status.child("error").text("message");
      });
}

result<volume_group_snapshot_class>
volume_group_snapshot_class::decode(const nlohmann::json& object) {
  return decode_object<volume_group_snapshot_class>(
      object, kind.kind, [](const json_reader& from, volume_group_snapshot_class& into) {
        into.driver = from.text("driver");
        const auto mark = into.metadata.annotations.find(
            "groupsnapshot.storage.kubernetes.io/is-default-class");
        into.is_default = mark != into.metadata.annotations.end() && mark->second == "true";
      });
}

} // namespace k8s
