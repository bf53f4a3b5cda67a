#include "tests/kubesim/api/kind_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim {
namespace {

using testing::ElementsAre;

const json widget_definition = json::parse(R"({
  "metadata": {"name": "widgets.example.com"},
  "spec": {"group": "example.com", "scope": "Namespaced",
    "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList", "shortNames": ["wd"]},
    "versions": [
      {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
       "additionalPrinterColumns": [
         {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
         {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
         {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}],
       "schema": {"openAPIV3Schema": {"type": "object", "properties": {
         "spec": {"type": "object", "required": ["size"], "properties": {
           "size": {"type": "integer", "minimum": 1, "maximum": 10},
           "mode": {"type": "string", "enum": ["Fast", "Slow"], "default": "Fast"},
           "name": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 8},
           "fixed": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
           "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "maxItems": 3},
           "nested": {"type": "object", "properties": {"on": {"type": "boolean", "default": true}}},
           "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
           "labels": {"type": "object", "additionalProperties": {"type": "string"}},
           "when": {"type": "string", "format": "date-time"},
           "port": {"x-kubernetes-int-or-string": true},
           "maybe": {"type": "string", "nullable": true}}},
         "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}}}},
      {"name": "v0", "served": false, "storage": false, "schema": {"openAPIV3Schema": {"type": "object"}}}]}})");

const kind_rules& widget() {
  static const auto kinds = custom_kinds(widget_definition);
  return kinds.front();
}

json with_spec(json spec) {
  return {{"apiVersion", "example.com/v1"},
          {"kind", "Widget"},
          {"metadata", {{"name", "a"}}},
          {"spec", std::move(spec)}};
}

std::vector<std::string> messages(const json& object, const json* before = nullptr) {
  std::vector<std::string> texts;
  for (const auto& each : widget().validate(object, before))
    texts.push_back(each.field + ": " + each.message);
  return texts;
}

constexpr const char* rules_skipped
    = "<nil>: Invalid value: null: some validation rules were not checked because the object was "
      "invalid; correct the existing errors to complete validation";

TEST(custom_kind, has_the_type_that_its_definition_says) {
  EXPECT_EQ(custom_kinds(widget_definition).size(), 1U) << "v0 is not served";
  const auto& type = widget().type;
  EXPECT_EQ(type.qualified_name(), "widgets.example.com");
  EXPECT_EQ(type.api_version(), "example.com/v1");
  EXPECT_TRUE(type.is_custom && type.has_status && type.is_namespaced && !type.has_scale);
  EXPECT_FALSE(widget().allows_unconditional_update);
}

TEST(custom_kind, prunes_what_the_schema_does_not_know) {
  auto object = with_spec({{"size", 3},
                           {"bogus", 1},
                           {"nested", {{"x", 1}}},
                           {"any", {{"free", {{"form", 1}}}}},
                           {"labels", {{"any", "key"}}}});
  object["extra"] = 1;
  EXPECT_THAT(widget().unknown_fields(object), ElementsAre("extra", "spec.bogus", "spec.nested.x"));
  widget().prune(object);
  EXPECT_EQ(object, with_spec({{"size", 3},
                               {"nested", json::object()},
                               {"any", {{"free", {{"form", 1}}}}},
                               {"labels", {{"any", "key"}}}}));
}

TEST(custom_kind, defaults_what_is_absent_but_not_below_an_absent_parent) {
  auto object = with_spec({{"size", 3}});
  widget().set_defaults(object);
  EXPECT_EQ(object["spec"], (json{{"size", 3}, {"mode", "Fast"}}));
  object["spec"]["nested"] = json::object();
  widget().set_defaults(object);
  EXPECT_EQ(object["spec"]["nested"], (json{{"on", true}}));
}

TEST(custom_kind, lets_null_take_the_default_or_vanish_unless_it_is_nullable) {
  auto object = with_spec({{"size", 3}, {"mode", nullptr}, {"name", nullptr}, {"maybe", nullptr}});
  widget().set_defaults(object);
  EXPECT_EQ(object["spec"], (json{{"size", 3}, {"mode", "Fast"}, {"maybe", nullptr}}));
}

TEST(custom_kind, accepts_a_good_object) {
  EXPECT_THAT(messages(with_spec({{"size", 3},
                                  {"mode", "Slow"},
                                  {"port", "http"},
                                  {"when", "2026-01-01T00:00:00Z"},
                                  {"tags", {"a", "b"}},
                                  {"maybe", nullptr}})),
              ElementsAre());
}

TEST(custom_kind, words_bounds_and_patterns_as_the_server_does) {
  EXPECT_THAT(messages(with_spec({{"size", 99}})),
              ElementsAre("spec.size: Invalid value: 99: spec.size in body should be less than or "
                          "equal to 10"));
  EXPECT_THAT(messages(with_spec({{"size", 3}, {"name", "UPPER"}})),
              ElementsAre("spec.name: Invalid value: \"UPPER\": spec.name in body should match "
                          "'^[a-z]+$'"));
}

TEST(custom_kind, says_that_rules_were_skipped_after_a_structural_error) {
  EXPECT_THAT(messages(with_spec({{"size", 3}, {"mode", "Warp"}})),
              ElementsAre("spec.mode: Unsupported value: \"Warp\": supported values: \"Fast\", "
                          "\"Slow\"",
                          rules_skipped));
  EXPECT_THAT(messages(with_spec({{"size", "three"}})),
              ElementsAre("spec.size: Invalid value: \"string\": spec.size in body must be of type "
                          "integer: \"string\"",
                          rules_skipped));
  EXPECT_THAT(messages(with_spec(json::object())),
              ElementsAre("spec.size: Required value", rules_skipped));
  EXPECT_THAT(messages(with_spec({{"size", 3}, {"tags", {"a", "b", "c", "d"}}})),
              ElementsAre("spec.tags: Too many: 4: must have at most 3 items", rules_skipped));
  EXPECT_THAT(messages(with_spec({{"size", 3}, {"when", "yesterday"}})),
              ElementsAre("spec.when: Invalid value: \"yesterday\": spec.when in body must be of "
                          "type date-time: \"yesterday\"",
                          rules_skipped));
}

TEST(custom_kind, finds_a_duplicate_in_a_set) {
  EXPECT_THAT(messages(with_spec({{"size", 3}, {"tags", {"x", "x"}}})),
              ElementsAre("spec.tags[1]: Duplicate value: \"x\""));
}

TEST(custom_kind, checks_a_status_write_against_the_status_alone) {
  const auto before = with_spec({{"size", 3}});
  auto after = before;
  after["status"] = {{"phase", 5}};
  EXPECT_THAT(messages(after, &before),
              ElementsAre("status.phase: Invalid value: \"integer\": phase in body must be of type "
                          "string: \"integer\"",
                          rules_skipped));
}

TEST(custom_kind, tolerates_an_old_error_that_an_update_does_not_touch) {
  const auto before = with_spec({{"size", 99}});
  auto after = before;
  after["spec"]["mode"] = "Slow";
  EXPECT_THAT(messages(after, &before), ElementsAre());
}

TEST(custom_kind, prints_its_columns_with_null_for_what_is_missing) {
  auto object = with_spec({{"size", 3}});
  std::vector<json> cells;
  for (const auto& column : widget().columns)
    cells.push_back(column.cell(object));
  EXPECT_EQ(cells, (std::vector<json>{"a", 3, nullptr, nullptr}));
  object["status"] = {{"conditions", json::array({{{"type", "Ready"}, {"status", "True"}}})}};
  EXPECT_EQ(widget().columns[2].cell(object), "True");
  EXPECT_EQ(widget().columns[3].type, "date");
}

TEST(crd_conditions, accepts_the_names_first_and_then_establishes) {
  auto definition = widget_definition;
  const auto accepted = crd_conditions(definition, false, "2026-01-01T00:00:00Z");
  ASSERT_TRUE(accepted);
  EXPECT_EQ((*accepted)["conditions"][0]["type"], "NamesAccepted");
  EXPECT_EQ((*accepted)["conditions"][1]["status"], "False");
  EXPECT_EQ((*accepted)["acceptedNames"]["plural"], "widgets");
  definition["status"] = *accepted;
  const auto established = crd_conditions(definition, false, "2026-01-01T00:00:01Z");
  ASSERT_TRUE(established);
  EXPECT_EQ((*established)["conditions"][1]["type"], "Established");
  EXPECT_EQ((*established)["conditions"][1]["status"], "True");
  definition["status"] = *established;
  EXPECT_FALSE(crd_conditions(definition, false, "2026-01-01T00:00:02Z"));
}

TEST(crd_conditions, refuses_names_that_are_taken) {
  const auto refused = crd_conditions(widget_definition, true, "2026-01-01T00:00:00Z");
  ASSERT_TRUE(refused);
  EXPECT_EQ((*refused)["conditions"][0]["status"], "False");
  EXPECT_EQ((*refused)["conditions"][1]["status"], "False");
}

} // namespace
} // namespace kubesim
