#include "tests/kubesim/api/kinds/snapshot_definitions.hpp"

#include "tests/kubesim/api/kinds/definition_parts.hpp"

namespace kubesim::kinds {

namespace {

using namespace definition;

constexpr const char* group = "snapshot.storage.k8s.io";

json quantity() {
  return {
      {"type", "string"},
      {"pattern",
       R"(^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$)"},
      {"x-kubernetes-int-or-string", true}};
}

json snapshot_schema() {
  const auto source = with_rule(
      object_of({{"persistentVolumeClaimName", text()}, {"volumeSnapshotContentName", text()}}),
      "(has(self.volumeSnapshotContentName) && !has(self.persistentVolumeClaimName)) || "
      "(!has(self.volumeSnapshotContentName) && has(self.persistentVolumeClaimName))",
      "exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set");
  return object_of({{"spec", object_of({{"source", source}, {"volumeSnapshotClassName", text()}},
                                       json::array({"source"}))},
                    {"status", object_of({{"boundVolumeSnapshotContentName", text()},
                                          {"creationTime", moment()},
                                          {"error", error()},
                                          {"readyToUse", yes_or_no()},
                                          {"restoreSize", quantity()},
                                          {"volumeGroupSnapshotName", text()}})}},
                   json::array({"spec"}));
}

json content_schema() {
  const json count{{"type", "integer"}, {"format", "int64"}};
  const auto source = with_rule(
      object_of({{"volumeHandle", text()}, {"snapshotHandle", text()}}),
      "(has(self.volumeHandle) && !has(self.snapshotHandle)) || (!has(self.volumeHandle) && "
      "has(self.snapshotHandle))",
      "exactly one of volumeHandle and snapshotHandle must be set");
  return object_of({{"spec", object_of({{"deletionPolicy", deletion_policy()},
                                        {"driver", text()},
                                        {"source", source},
                                        {"sourceVolumeMode", text()},
                                        {"volumeSnapshotClassName", text()},
                                        {"volumeSnapshotRef", reference()}},
                                       json::array({"deletionPolicy", "driver", "source",
                                                    "volumeSnapshotRef"}))},
                    {"status", object_of({{"creationTime", count},
                                          {"error", error()},
                                          {"readyToUse", yes_or_no()},
                                          {"restoreSize", count},
                                          {"snapshotHandle", text()},
                                          {"volumeGroupSnapshotHandle", text()}})}},
                   json::array({"spec"}));
}

json class_schema() {
  return object_of(
      {{"deletionPolicy", deletion_policy()}, {"driver", text()}, {"parameters", map_of_text()}},
      json::array({"deletionPolicy", "driver"}));
}

json snapshot_columns() {
  return json::array(
      {column("ReadyToUse", "boolean", ".status.readyToUse",
              "Indicates if the snapshot is ready to be used to restore a volume."),
       column("SourcePVC", "string", ".spec.source.persistentVolumeClaimName"),
       column("SourceSnapshotContent", "string", ".spec.source.volumeSnapshotContentName"),
       column("RestoreSize", "string", ".status.restoreSize"),
       column("SnapshotClass", "string", ".spec.volumeSnapshotClassName"),
       column("SnapshotContent", "string", ".status.boundVolumeSnapshotContentName"),
       column("CreationTime", "date", ".status.creationTime"),
       column("Age", "date", ".metadata.creationTimestamp")});
}

json content_columns() {
  return json::array(
      {column("ReadyToUse", "boolean", ".status.readyToUse"),
       column("RestoreSize", "integer", ".status.restoreSize"),
       column("DeletionPolicy", "string", ".spec.deletionPolicy"),
       column("Driver", "string", ".spec.driver"),
       column("VolumeSnapshotClass", "string", ".spec.volumeSnapshotClassName"),
       column("VolumeSnapshot", "string", ".spec.volumeSnapshotRef.name"),
       column("VolumeSnapshotNamespace", "string", ".spec.volumeSnapshotRef.namespace"),
       column("Age", "date", ".metadata.creationTimestamp")});
}

json class_columns() {
  return json::array({column("Driver", "string", ".driver"),
                      column("DeletionPolicy", "string", ".deletionPolicy"),
                      column("Age", "date", ".metadata.creationTimestamp")});
}

} // namespace

snapshot_kind_definitions snapshot_definitions() {
  return {.snapshot
          = of(group,
               names("volumesnapshots", "volumesnapshot", "VolumeSnapshot", json::array({"vs"})),
               "Namespaced", snapshot_schema(), snapshot_columns()),
          .content = of(group,
                        names("volumesnapshotcontents", "volumesnapshotcontent",
                              "VolumeSnapshotContent", json::array({"vsc", "vscs"})),
                        "Cluster", content_schema(), content_columns()),
          .snapshot_class = of(group,
                               names("volumesnapshotclasses", "volumesnapshotclass",
                                     "VolumeSnapshotClass", json::array({"vsclass", "vsclasses"})),
                               "Cluster", class_schema(), class_columns())};
}

} // namespace kubesim::kinds
