#include "tests/crds/mirror.hpp"

#include "crds/duration.hpp"

namespace mirror {
namespace {

using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// The names of all fields that a schema or a value has, lists as if they were their items.
void collect_names(const json& properties, const std::string& path, std::set<std::string>& names) {
  for (const auto& [name, property] : properties.items()) {
    names.insert(path + name);
    const auto& below = property.contains("items") ? property["items"] : property;
    if (below.contains("properties"))
      collect_names(below["properties"], path + name + ".", names);
  }
}

void collect_value_names(const json& value, const std::string& path, std::set<std::string>& names) {
  for (const auto& [name, member] : value.items()) {
    names.insert(path + name);
    const auto& below = member.is_array() ? member.at(0) : member;
    if (below.is_object())
      collect_value_names(below, path + name + ".", names);
  }
}

json spec_with(const std::string& path, const json& value) {
  json spec = json::object();
  spec[json::json_pointer{path}] = value;
  return spec;
}

} // namespace

json schema_of(std::string_view plural, const std::string& part) {
  return manifests::schema_of(manifests::definition(plural)).at("properties").at(part);
}

std::map<std::string, json> enumerations(const json& schema, const std::string& path) {
  std::map<std::string, json> all;
  if (schema.contains("enum"))
    all[path] = schema["enum"];
  for (const auto& [name, property] : manifests::properties_of(schema).items())
    all.merge(enumerations(property, path + "/" + name));
  return all;
}

crds::condition full_condition(std::string_view type) {
  return {.type = std::string{type},
          .status = crds::condition_status::is_true,
          .reason = "Completed",
          .message = "all is well",
          .observed_generation = 1,
          .last_transition_time = k8s::timestamp{std::chrono::seconds{1'700'000'000}}};
}

json after_merge(const json& patch) {
  json status = json::object();
  status.merge_patch(patch);
  return status;
}

void expect_same_fields(const json& status_schema, const json& written) {
  EXPECT_THAT(manifests::misfits(status_schema, written), IsEmpty());
  std::set<std::string> in_schema, in_status;
  collect_names(status_schema["properties"], "", in_schema);
  collect_value_names(written, "", in_status);
  EXPECT_EQ(in_schema, in_status);
}

void expect_known_words(const std::map<std::string, json>& words, const problems_of& problems) {
  for (const auto& [path, offered] : words) {
    for (const auto& word : offered)
      EXPECT_THAT(problems(spec_with(path, word)), IsEmpty()) << path << " " << word;
    EXPECT_THAT(problems(spec_with(path, "Perhaps")), Not(IsEmpty())) << path;
  }
}

void expect_default_timeouts(const json& spec_schema, const spans& ours) {
  const auto timeouts = spec_schema.at("properties").at("timeouts");
  ASSERT_THAT(timeouts["properties"], SizeIs(ours.size()));
  for (const auto& [name, span] : ours) {
    const auto& alone = timeouts["properties"][name]["default"];
    EXPECT_EQ(crds::parse_duration(alone.get<std::string>()), span) << name;
    EXPECT_EQ(timeouts["default"].value(name, ""), alone) << name;
  }
}

} // namespace mirror
