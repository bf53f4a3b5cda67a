// cel-cases.yaml is run against a real API server; here only that it forgets no rule and that its
// objects are otherwise fit.
#include "tests/crds/manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace {

using manifests::json;
using testing::IsEmpty;

constexpr std::array plurals{"volumebackups", "volumebackupproviders", "volumerestores"};

json cel_cases() {
  return manifests::documents("tests/crds/cel-cases.yaml").at(0);
}

struct rule {
  std::string definition, message;
  bool looks_back = false; ///< reads oldSelf, so that only an update can break it

  auto operator<=>(const rule&) const = default;
};

void collect_rules(const std::string& definition, const json& schema, std::vector<rule>& all) {
  for (const auto& each : schema.value("x-kubernetes-validations", json::array()))
    all.push_back({definition, each.value("message", ""),
                   each["rule"].get<std::string>().find("oldSelf") != std::string::npos});
  for (const auto& [name, property] : manifests::properties_of(schema).items())
    collect_rules(definition, property, all);
  if (schema.contains("items"))
    collect_rules(definition, schema["items"], all);
}

std::vector<rule> rules() {
  std::vector<rule> all;
  for (const auto* plural : plurals) {
    const auto definition = manifests::definition(plural);
    collect_rules(definition["metadata"]["name"], manifests::schema_of(definition), all);
  }
  return all;
}

bool has_case(const json& cases, const rule& wanted, std::string_view expectation) {
  return std::any_of(cases.begin(), cases.end(), [&](const json& each) {
    return each["crd"] == wanted.definition && each["rule"] == wanted.message
           && each["expect"] == expectation && (!wanted.looks_back || each.contains("before"));
  });
}

TEST(cel_cases, have_an_accepted_and_a_refused_object_for_every_rule) {
  const auto cases = cel_cases();
  ASSERT_GE(rules().size(), 21U);
  for (const auto& each : rules()) {
    EXPECT_TRUE(has_case(cases, each, "accepted")) << each.definition << ": " << each.message;
    EXPECT_TRUE(has_case(cases, each, "refused")) << each.definition << ": " << each.message;
  }
}

TEST(cel_cases, name_only_rules_that_exist) {
  const auto known = rules();
  for (const auto& each : cel_cases()) {
    const auto is_meant = [&](const rule& candidate) {
      return candidate.definition == each["crd"] && candidate.message == each["rule"];
    };
    EXPECT_TRUE(std::any_of(known.begin(), known.end(), is_meant)) << each;
  }
}

TEST(cel_cases, hold_objects_with_which_only_a_rule_could_find_fault) {
  std::map<std::string, json> schemas;
  for (const auto* plural : plurals) {
    const auto definition = manifests::definition(plural);
    schemas[definition["metadata"]["name"]] = manifests::schema_of(definition);
  }
  for (const auto& each : cel_cases())
    for (const auto* object : {"object", "before"})
      if (each.contains(object)) {
        EXPECT_THAT(manifests::misfits(schemas.at(each["crd"]), each[object]), IsEmpty()) << each;
      }
}

} // namespace
