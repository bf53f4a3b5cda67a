#include "tests/kubesim/api/kinds/managed_fields.hpp"

#include <gtest/gtest.h>

namespace kubesim {
namespace {

const kind_rules& config_maps() {
  for (const auto& each : builtin_kinds())
    if (each.type.plural == "configmaps")
      return each;
  throw std::logic_error{"no ConfigMap"};
}

kind_rules widgets() {
  return custom_kinds(json::parse(R"({"spec": {"group": "example.com", "scope": "Namespaced",
    "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"},
    "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {
      "spec": {"type": "object", "properties": {"size": {"type": "integer"}, "list": {"type": "array", "items": {"type": "string"}}}},
      "status": {"type": "object", "properties": {"conditions": {"type": "array", "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"], "items": {"type": "object", "properties": {
          "type": {"type": "string"}, "status": {"type": "string"}}}}}}}}}}]}})"))
      .front();
}

json written(const kind_rules& rules, json object, const json* before, const char* manager,
             const char* subresource = "") {
  object["metadata"]["managedFields"]
      = managed_fields::after_write(rules, object, before, {manager, subresource, "now"});
  return object;
}

const json& entries(const json& object) {
  return object.at("metadata").at("managedFields");
}

TEST(managed_fields, give_a_new_object_to_its_creator) {
  const auto made = written(widgets(), {{"spec", {{"size", 3}, {"list", {"a"}}}}}, nullptr, "one");
  EXPECT_EQ(
      entries(made),
      json::parse(R"([{"manager": "one", "operation": "Update", "apiVersion": "example.com/v1",
      "fieldsType": "FieldsV1", "time": "now",
      "fieldsV1": {"f:spec": {".": {}, "f:size": {}, "f:list": {}}}}])"));
}

TEST(managed_fields, do_not_count_the_structures_of_built_in_kinds_but_their_maps) {
  const auto made
      = written(config_maps(),
                {{"metadata", {{"name", "a"}, {"labels", {{"l", "1"}}}}}, {"data", {{"k", "v"}}}},
                nullptr, "one");
  EXPECT_EQ(entries(made)[0]["fieldsV1"], json::parse(R"({"f:data": {".": {}, "f:k": {}},
                            "f:metadata": {"f:labels": {".": {}, "f:l": {}}}})"));
}

TEST(managed_fields, are_none_for_an_object_without_fields) {
  EXPECT_EQ(entries(written(config_maps(), {{"metadata", {{"name", "a"}}}}, nullptr, "one")),
            json::array());
}

TEST(managed_fields, pass_to_whoever_changes_them) {
  const auto before = written(config_maps(), {{"data", {{"a", "1"}, {"b", "1"}}}}, nullptr, "one");
  auto changed = before;
  changed["data"] = {{"a", "1"}, {"b", "2"}, {"c", "3"}};
  const auto after = written(config_maps(), changed, &before, "two");
  ASSERT_EQ(entries(after).size(), 2U);
  EXPECT_EQ(entries(after)[0]["fieldsV1"], json::parse(R"({"f:data": {".": {}, "f:a": {}}})"));
  EXPECT_EQ(entries(after)[1]["fieldsV1"], json::parse(R"({"f:data": {"f:b": {}, "f:c": {}}})"));
}

TEST(managed_fields, forget_what_is_gone_and_who_has_nothing_left) {
  const auto before = written(config_maps(), {{"data", {{"a", "1"}}}}, nullptr, "one");
  auto changed = before;
  changed.erase("data");
  EXPECT_EQ(entries(written(config_maps(), changed, &before, "two")), json::array());
}

TEST(managed_fields, stay_as_they_are_when_nothing_changes) {
  const auto before = written(config_maps(), {{"data", {{"a", "1"}}}}, nullptr, "one");
  EXPECT_EQ(entries(written(config_maps(), before, &before, "two")), entries(before));
}

TEST(managed_fields, keep_status_writers_apart_and_conditions_by_type) {
  const auto rules = widgets();
  const auto before = written(rules, {{"spec", {{"size", 3}}}}, nullptr, "one");
  auto changed = before;
  changed["status"]["conditions"] = json::array({{{"type", "Ready"}, {"status", "True"}}});
  const auto after = written(rules, changed, &before, "one", "status");
  ASSERT_EQ(entries(after).size(), 2U);
  EXPECT_EQ(entries(after)[1]["subresource"], "status");
  EXPECT_EQ(entries(after)[1]["fieldsV1"], json::parse(R"({"f:status": {".": {}, "f:conditions":
    {"k:{\"type\":\"Ready\"}": {".": {}, "f:type": {}, "f:status": {}}}}})"));
}

} // namespace
} // namespace kubesim
