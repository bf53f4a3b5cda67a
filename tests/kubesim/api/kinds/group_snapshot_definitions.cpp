#include "tests/kubesim/api/kinds/definition_parts.hpp"
#include "tests/kubesim/api/kinds/snapshot_definitions.hpp"

namespace kubesim::kinds {

namespace {

using namespace definition;

constexpr const char* group = "groupsnapshot.storage.k8s.io";

json selector() {
  return object_of(
      {{"matchLabels", map_of_text()},
       {"matchExpressions",
        list_of(object_of({{"key", text()}, {"operator", text()}, {"values", list_of(text())}},
                          json::array({"key", "operator"})))}});
}

json group_schema() {
  const auto source
      = with_rule(object_of({{"selector", selector()}, {"volumeGroupSnapshotContentName", text()}}),
                  "(has(self.selector) && !has(self.volumeGroupSnapshotContentName)) || "
                  "(!has(self.selector) && has(self.volumeGroupSnapshotContentName))",
                  "exactly one of selector and volumeGroupSnapshotContentName must be set");
  return object_of(
      {{"spec", object_of({{"source", source}, {"volumeGroupSnapshotClassName", text()}},
                          json::array({"source"}))},
       {"status", object_of({{"boundVolumeGroupSnapshotContentName", text()},
                             {"creationTime", moment()},
                             {"error", error()},
                             {"readyToUse", yes_or_no()}})}},
      json::array({"spec"}));
}

json group_content_schema() {
  const json count{{"type", "integer"}, {"format", "int64"}};
  const auto handles = object_of(
      {{"volumeGroupSnapshotHandle", text()}, {"volumeSnapshotHandles", list_of(text())}},
      json::array({"volumeGroupSnapshotHandle", "volumeSnapshotHandles"}));
  const auto source = with_rule(
      object_of({{"volumeHandles", list_of(text())}, {"groupSnapshotHandles", handles}}),
      "(has(self.volumeHandles) && !has(self.groupSnapshotHandles)) || (!has(self.volumeHandles) "
      "&& has(self.groupSnapshotHandles))",
      "exactly one of volumeHandles and groupSnapshotHandles must be set");
  const auto member = object_of({{"creationTime", count},
                                 {"readyToUse", yes_or_no()},
                                 {"restoreSize", count},
                                 {"snapshotHandle", text()},
                                 {"volumeHandle", text()}});
  return object_of({{"spec", object_of({{"deletionPolicy", deletion_policy()},
                                        {"driver", text()},
                                        {"source", source},
                                        {"volumeGroupSnapshotClassName", text()},
                                        {"volumeGroupSnapshotRef", reference()}},
                                       json::array({"deletionPolicy", "driver", "source",
                                                    "volumeGroupSnapshotRef"}))},
                    {"status", object_of({{"creationTime", moment()},
                                          {"error", error()},
                                          {"readyToUse", yes_or_no()},
                                          {"volumeGroupSnapshotHandle", text()},
                                          {"volumeSnapshotInfoList", list_of(member)}})}},
                   json::array({"spec"}));
}

json group_class_schema() {
  return object_of(
      {{"deletionPolicy", deletion_policy()}, {"driver", text()}, {"parameters", map_of_text()}},
      json::array({"deletionPolicy", "driver"}));
}

json group_columns() {
  return json::array(
      {column("ReadyToUse", "boolean", ".status.readyToUse"),
       column("VolumeGroupSnapshotClass", "string", ".spec.volumeGroupSnapshotClassName"),
       column("VolumeGroupSnapshotContent", "string",
              ".status.boundVolumeGroupSnapshotContentName"),
       column("CreationTime", "date", ".status.creationTime"),
       column("Age", "date", ".metadata.creationTimestamp")});
}

json group_content_columns() {
  return json::array(
      {column("ReadyToUse", "boolean", ".status.readyToUse"),
       column("DeletionPolicy", "string", ".spec.deletionPolicy"),
       column("Driver", "string", ".spec.driver"),
       column("VolumeGroupSnapshotClass", "string", ".spec.volumeGroupSnapshotClassName"),
       column("VolumeGroupSnapshotNamespace", "string", ".spec.volumeGroupSnapshotRef.namespace"),
       column("VolumeGroupSnapshot", "string", ".spec.volumeGroupSnapshotRef.name"),
       column("Age", "date", ".metadata.creationTimestamp")});
}

json group_class_columns() {
  return json::array({column("Driver", "string", ".driver"),
                      column("DeletionPolicy", "string", ".deletionPolicy"),
                      column("Age", "date", ".metadata.creationTimestamp")});
}

} // namespace

snapshot_kind_definitions group_snapshot_definitions() {
  return {.snapshot = of(group,
                         names("volumegroupsnapshots", "volumegroupsnapshot", "VolumeGroupSnapshot",
                               json::array({"vgs"})),
                         "Namespaced", group_schema(), group_columns()),
          .content = of(group,
                        names("volumegroupsnapshotcontents", "volumegroupsnapshotcontent",
                              "VolumeGroupSnapshotContent", json::array({"vgsc", "vgscs"})),
                        "Cluster", group_content_schema(), group_content_columns()),
          .snapshot_class
          = of(group,
               names("volumegroupsnapshotclasses", "volumegroupsnapshotclass",
                     "VolumeGroupSnapshotClass", json::array({"vgsclass", "vgsclasses"})),
               "Cluster", group_class_schema(), group_class_columns())};
}

} // namespace kubesim::kinds
