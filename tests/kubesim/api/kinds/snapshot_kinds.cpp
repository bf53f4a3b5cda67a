#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/snapshot_definitions.hpp"

// VolumeSnapshot, VolumeGroupSnapshot, their contents and classes: custom kinds that are there from
// the start. What their schemas say in CEL is said here in C++.

namespace kubesim::kinds {

namespace {

/// A rule of the schema that was kept from running by an earlier error.
bool was_stopped(const problems& found) {
  return std::ranges::any_of(found, [](const auto& each) { return each.field == "<nil>"; });
}

int count_members(const json& object, const std::string& path,
                  std::initializer_list<const char*> names) {
  int count = 0;
  for (const auto* name : names)
    count += find_at(object, path + "." + name) ? 1 : 0;
  return count;
}

problems unchanged_text(const json& object, const json* before, const std::string& field) {
  if (!before || !find_at(*before, field))
    return {};
  const auto name = field.substr(field.rfind('.') + 1);
  const auto now = text_at(object, field);
  if (now.empty())
    return {{"FieldValueInvalid", field.substr(0, field.rfind('.')),
             "Invalid value: " + name + " is required once set"}};
  if (now != text_at(*before, field))
    return {invalid(field, now, name + " is immutable")};
  return {};
}

field_problem rule_broken(const std::string& field, const std::string& message) {
  return {"FieldValueInvalid", field, "Invalid value: " + message};
}

problems snapshot_rules(const json& object, const json* before) {
  problems found;
  if (count_members(object, "spec.source",
                    {"persistentVolumeClaimName", "volumeSnapshotContentName"})
      != 1)
    found.push_back(rule_broken("spec.source", "exactly one of volumeSnapshotContentName and "
                                               "persistentVolumeClaimName must be set"));
  for (const auto* field :
       {"spec.source.persistentVolumeClaimName", "spec.source.volumeSnapshotContentName"})
    append(found, unchanged_text(object, before, field));
  if (const auto* name = find_at(object, "spec.volumeSnapshotClassName"); name && *name == "")
    found.push_back(invalid("spec.volumeSnapshotClassName", *name,
                            "volumeSnapshotClassName must not be the empty string when set"));
  return found;
}

problems content_rules(const json& object, const json* before) {
  problems found;
  if (count_members(object, "spec.source", {"volumeHandle", "snapshotHandle"}) != 1)
    found.push_back(
        rule_broken("spec.source", "exactly one of volumeHandle and snapshotHandle must be set"));
  for (const auto* field : {"spec.source.volumeHandle", "spec.source.snapshotHandle"})
    append(found, unchanged_text(object, before, field));
  if (before && find_at(*before, "spec.sourceVolumeMode")
      && text_at(object, "spec.sourceVolumeMode") != text_at(*before, "spec.sourceVolumeMode"))
    found.push_back(rule_broken("spec", "sourceVolumeMode is immutable"));
  if (text_at(object, "spec.volumeSnapshotRef.name").empty()
      || text_at(object, "spec.volumeSnapshotRef.namespace").empty())
    found.push_back(rule_broken("spec.volumeSnapshotRef",
                                "both spec.volumeSnapshotRef.name and "
                                "spec.volumeSnapshotRef.namespace must be set"));
  return found;
}

problems class_rules(const json& object, const json* before) {
  if (before && text_at(object, "driver") != text_at(*before, "driver"))
    return {invalid("driver", text_at(object, "driver"), "driver is immutable")};
  return {};
}

problems group_rules(const json& object, const json* before) {
  problems found;
  if (count_members(object, "spec.source", {"selector", "volumeGroupSnapshotContentName"}) != 1)
    found.push_back(rule_broken("spec.source", "exactly one of selector and "
                                               "volumeGroupSnapshotContentName must be set"));
  if (before
      && object_at(object, "spec.source.selector") != object_at(*before, "spec.source.selector"))
    found.push_back(rule_broken("spec.source.selector", "selector is immutable"));
  append(found, unchanged_text(object, before, "spec.volumeGroupSnapshotClassName"));
  return found;
}

problems group_content_rules(const json& object, const json* before) {
  problems found;
  if (count_members(object, "spec.source", {"volumeHandles", "groupSnapshotHandles"}) != 1)
    found.push_back(rule_broken("spec.source", "exactly one of volumeHandles and "
                                               "groupSnapshotHandles must be set"));
  if (before
      && list_at(object, "spec.source.volumeHandles")
             != list_at(*before, "spec.source.volumeHandles"))
    found.push_back(rule_broken("spec.source.volumeHandles", "volumeHandles is immutable"));
  return found;
}

using rules_function = problems (*)(const json& object, const json* before);

kind_rules with_rules(const json& definition, rules_function more) {
  auto rules = custom_kinds(definition).front();
  rules.validate
      = [schema_problems = rules.validate, more](const json& object, const json* before) {
          auto found = schema_problems(object, before);
          if (!was_stopped(found))
            append(found, more(object, before));
          return found;
        };
  return rules;
}

} // namespace

std::vector<kind_rules> snapshot_kinds() {
  const auto single = snapshot_definitions();
  const auto group = group_snapshot_definitions();
  return {with_rules(single.snapshot, snapshot_rules),
          with_rules(single.content, content_rules),
          with_rules(single.snapshot_class, class_rules),
          with_rules(group.snapshot, group_rules),
          with_rules(group.content, group_content_rules),
          with_rules(group.snapshot_class, class_rules)};
}

} // namespace kubesim::kinds
