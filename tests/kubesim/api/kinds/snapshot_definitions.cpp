#include "tests/kubesim/api/kinds/snapshot_definitions.hpp"

#include <string>

namespace kubesim::kinds {

namespace {

constexpr const char* group = "snapshot.storage.k8s.io";

const json text{{"type", "string"}};
const json yes_or_no{{"type", "boolean"}};
const json moment{{"type", "string"}, {"format", "date-time"}};
const json quantity{
    {"type", "string"},
    {"pattern",
     R"(^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$)"},
    {"x-kubernetes-int-or-string", true}};

json object_of(json properties, json required = json::array()) {
  json schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty())
    schema["required"] = std::move(required);
  return schema;
}

/// The rules themselves are C++ (snapshot_kinds.cpp); that there are some shows in errors.
json with_rule(json schema, const char* rule, const char* message) {
  schema["x-kubernetes-validations"] = json::array({{{"rule", rule}, {"message", message}}});
  return schema;
}

const json& error_schema() {
  static const json schema = object_of({{"message", text}, {"time", moment}});
  return schema;
}

json printed(const char* name, const char* type, const char* path, const char* description = "",
             int priority = 0) {
  json column{{"name", name}, {"type", type}, {"jsonPath", path}};
  if (*description != 0)
    column["description"] = description;
  if (priority > 0)
    column["priority"] = priority;
  return column;
}

json definition(json names, const char* scope, json schema, json columns) {
  const auto plural = names["plural"].get<std::string>();
  json version{{"name", "v1"},
               {"served", true},
               {"storage", true},
               {"schema", {{"openAPIV3Schema", std::move(schema)}}},
               {"additionalPrinterColumns", std::move(columns)}};
  if (plural != "volumesnapshotclasses")
    version["subresources"] = {{"status", json::object()}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", plural + "." + group}}},
          {"spec",
           {{"group", group},
            {"scope", scope},
            {"names", std::move(names)},
            {"versions", json::array({std::move(version)})}}}};
}

json snapshot_schema() {
  const auto source = with_rule(
      object_of({{"persistentVolumeClaimName", text}, {"volumeSnapshotContentName", text}}),
      "(has(self.volumeSnapshotContentName) && !has(self.persistentVolumeClaimName)) || "
      "(!has(self.volumeSnapshotContentName) && has(self.persistentVolumeClaimName))",
      "exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set");
  return object_of({{"spec", object_of({{"source", source}, {"volumeSnapshotClassName", text}},
                                       json::array({"source"}))},
                    {"status", object_of({{"boundVolumeSnapshotContentName", text},
                                          {"creationTime", moment},
                                          {"error", error_schema()},
                                          {"readyToUse", yes_or_no},
                                          {"restoreSize", quantity},
                                          {"volumeGroupSnapshotName", text}})}},
                   json::array({"spec"}));
}

json content_schema() {
  const json count{{"type", "integer"}, {"format", "int64"}};
  const json policy{{"type", "string"}, {"enum", {"Delete", "Retain"}}};
  const auto source = with_rule(
      object_of({{"volumeHandle", text}, {"snapshotHandle", text}}),
      "(has(self.volumeHandle) && !has(self.snapshotHandle)) || (!has(self.volumeHandle) && "
      "has(self.snapshotHandle))",
      "exactly one of volumeHandle and snapshotHandle must be set");
  const auto reference = object_of({{"apiVersion", text},
                                    {"fieldPath", text},
                                    {"kind", text},
                                    {"name", text},
                                    {"namespace", text},
                                    {"resourceVersion", text},
                                    {"uid", text}});
  return object_of({{"spec", object_of({{"deletionPolicy", policy},
                                        {"driver", text},
                                        {"source", source},
                                        {"sourceVolumeMode", text},
                                        {"volumeSnapshotClassName", text},
                                        {"volumeSnapshotRef", reference}},
                                       json::array({"deletionPolicy", "driver", "source",
                                                    "volumeSnapshotRef"}))},
                    {"status", object_of({{"creationTime", count},
                                          {"error", error_schema()},
                                          {"readyToUse", yes_or_no},
                                          {"restoreSize", count},
                                          {"snapshotHandle", text},
                                          {"volumeGroupSnapshotHandle", text}})}},
                   json::array({"spec"}));
}

json class_schema() {
  return object_of({{"deletionPolicy", {{"type", "string"}, {"enum", {"Delete", "Retain"}}}},
                    {"driver", text},
                    {"parameters", {{"type", "object"}, {"additionalProperties", text}}}},
                   json::array({"deletionPolicy", "driver"}));
}

json snapshot_columns() {
  return json::array(
      {printed("ReadyToUse", "boolean", ".status.readyToUse",
               "Indicates if the snapshot is ready to be used to restore a volume."),
       printed("SourcePVC", "string", ".spec.source.persistentVolumeClaimName"),
       printed("SourceSnapshotContent", "string", ".spec.source.volumeSnapshotContentName"),
       printed("RestoreSize", "string", ".status.restoreSize"),
       printed("SnapshotClass", "string", ".spec.volumeSnapshotClassName"),
       printed("SnapshotContent", "string", ".status.boundVolumeSnapshotContentName"),
       printed("CreationTime", "date", ".status.creationTime"),
       printed("Age", "date", ".metadata.creationTimestamp")});
}

json content_columns() {
  return json::array(
      {printed("ReadyToUse", "boolean", ".status.readyToUse"),
       printed("RestoreSize", "integer", ".status.restoreSize"),
       printed("DeletionPolicy", "string", ".spec.deletionPolicy"),
       printed("Driver", "string", ".spec.driver"),
       printed("VolumeSnapshotClass", "string", ".spec.volumeSnapshotClassName"),
       printed("VolumeSnapshot", "string", ".spec.volumeSnapshotRef.name"),
       printed("VolumeSnapshotNamespace", "string", ".spec.volumeSnapshotRef.namespace"),
       printed("Age", "date", ".metadata.creationTimestamp")});
}

json class_columns() {
  return json::array({printed("Driver", "string", ".driver"),
                      printed("DeletionPolicy", "string", ".deletionPolicy"),
                      printed("Age", "date", ".metadata.creationTimestamp")});
}

json names(const char* plural, const char* singular, const char* kind, json short_names) {
  return {{"plural", plural},
          {"singular", singular},
          {"kind", kind},
          {"listKind", std::string{kind} + "List"},
          {"shortNames", std::move(short_names)}};
}

} // namespace

snapshot_kind_definitions snapshot_definitions() {
  return {.snapshot = definition(
              names("volumesnapshots", "volumesnapshot", "VolumeSnapshot", json::array({"vs"})),
              "Namespaced", snapshot_schema(), snapshot_columns()),
          .content = definition(names("volumesnapshotcontents", "volumesnapshotcontent",
                                      "VolumeSnapshotContent", json::array({"vsc", "vscs"})),
                                "Cluster", content_schema(), content_columns()),
          .snapshot_class
          = definition(names("volumesnapshotclasses", "volumesnapshotclass", "VolumeSnapshotClass",
                             json::array({"vsclass", "vsclasses"})),
                       "Cluster", class_schema(), class_columns())};
}

} // namespace kubesim::kinds
