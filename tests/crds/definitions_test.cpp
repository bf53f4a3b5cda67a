// What an API server asks of a CustomResourceDefinition, and what makes it pleasant to use: checked
// here because no test server evaluates CEL or estimates its cost.
#include "crds/duration.hpp"
#include "tests/crds/manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace {

using manifests::json;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A place in a schema: `spec.timeouts.freeze`, its schema, and the object schema that it is a
/// property of (null if none).
struct place {
  std::string path;
  json schema;
};

void collect(const json& schema, const std::string& path, std::vector<place>& all) {
  all.push_back({path, schema});
  for (const auto& [name, property] : manifests::properties_of(schema).items())
    collect(property, path.empty() ? name : path + "." + name, all);
  for (const auto* below : {"items", "additionalProperties"})
    if (schema.contains(below))
      collect(schema[below], path + "[]", all);
}

std::vector<place> places_of(const json& definition) {
  std::vector<place> all;
  collect(manifests::schema_of(definition), "", all);
  return all;
}

bool is_in_spec(const place& at) {
  return at.path.starts_with("spec");
}

json rules_of(const place& at) {
  return at.schema.value("x-kubernetes-validations", json::array());
}

bool is_mentioned(const std::string& rule, const std::string& expression) {
  const std::regex whole_word{"\\b" + expression + "\\b"};
  return std::regex_search(rule, whole_word);
}

class definitions : public testing::TestWithParam<const char*> {
protected:
  const json definition = manifests::definition(GetParam());
  const std::vector<place> places = places_of(definition);
};

INSTANTIATE_TEST_SUITE_P(, definitions,
                         testing::Values("volumebackups", "volumebackupproviders",
                                         "volumerestores"),
                         [](const auto& plural) { return std::string{plural.param}; });

TEST_P(definitions, are_named_after_their_plural_and_group) {
  EXPECT_EQ(definition["metadata"]["name"], std::string{GetParam()} + ".backups.example.com");
  EXPECT_EQ(definition["spec"]["names"]["plural"], GetParam());
  EXPECT_EQ(definition["spec"]["group"], "backups.example.com");
  EXPECT_EQ(definition["spec"]["scope"], "Namespaced");
  EXPECT_EQ(definition["spec"]["names"]["categories"], json({"backups"}));
}

TEST_P(definitions, serve_and_store_one_version_with_a_status_of_its_own) {
  ASSERT_EQ(definition["spec"]["versions"].size(), 1U);
  const auto& version = definition["spec"]["versions"][0];
  EXPECT_EQ(version["name"], "v1alpha1");
  EXPECT_EQ(version["served"], true);
  EXPECT_EQ(version["storage"], true);
  EXPECT_TRUE(version["subresources"].contains("status"));
}

TEST_P(definitions, are_structural) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    ASSERT_TRUE(at.schema.contains("type"));
    const std::string type = at.schema["type"];
    EXPECT_EQ(type == "array", at.schema.contains("items"));
    EXPECT_FALSE(at.schema.contains("properties") && at.schema.contains("additionalProperties"));
    for (const auto* forbidden : {"$ref", "allOf", "anyOf", "oneOf", "not", "nullable",
                                  "uniqueItems", "x-kubernetes-preserve-unknown-fields"})
      EXPECT_FALSE(at.schema.contains(forbidden)) << forbidden;
  }
}

TEST_P(definitions, say_nothing_about_metadata_but_that_it_is_an_object) {
  EXPECT_EQ(manifests::schema_of(definition)["properties"]["metadata"], json({{"type", "object"}}));
}

TEST_P(definitions, have_defaults_that_fit_their_own_schema_and_are_spelled_out_whole) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    if (!at.schema.contains("default"))
      continue;
    const auto& given = at.schema["default"];
    EXPECT_THAT(manifests::misfits(at.schema, given), IsEmpty());
    auto whole = given;
    manifests::set_defaults(at.schema, whole);
    EXPECT_EQ(given, whole) << "a CEL rule that reads a field of this default would not find it";
  }
}

TEST_P(definitions, say_of_each_list_what_it_is_a_list_of) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    if (at.schema["type"] != "array")
      continue;
    const std::string list_type = at.schema.value("x-kubernetes-list-type", "");
    EXPECT_THAT(list_type, testing::AnyOf("set", "map", "atomic"));
    if (list_type == "set") {
      EXPECT_EQ(at.schema["items"]["type"], "string");
    }
    for (const auto& key : at.schema.value("x-kubernetes-list-map-keys", json::array()))
      EXPECT_THAT(at.schema["items"]["required"], testing::Contains(key));
    EXPECT_EQ(list_type == "map", at.schema.contains("x-kubernetes-list-map-keys"));
  }
}

TEST_P(definitions, bound_all_that_a_rule_could_read_so_that_its_cost_can_be_estimated) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    const std::string type = at.schema["type"];
    if (type == "array") {
      EXPECT_TRUE(at.schema.contains("maxItems"));
    }
    if (type == "object" && at.schema.contains("additionalProperties")) {
      EXPECT_TRUE(at.schema.contains("maxProperties"));
    }
    if (is_in_spec(at) && type == "string") {
      EXPECT_TRUE(at.schema.contains("enum") || at.schema.contains("maxLength"));
    }
  }
}

TEST_P(definitions, anchor_their_patterns) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    const std::string pattern = at.schema.value("pattern", "^$");
    EXPECT_TRUE(pattern.starts_with('^') && pattern.ends_with('$')) << pattern;
  }
}

TEST_P(definitions, explain_every_field_that_a_user_writes) {
  for (const auto& at : places) {
    SCOPED_TRACE(at.path);
    const bool is_obvious = at.path == "spec" || at.path.ends_with("[]")
                            || at.path.ends_with(".bucket") || at.path.ends_with(".region");
    if (is_in_spec(at) && !is_obvious) {
      EXPECT_GT(at.schema.value("description", "").size(), 10U);
    }
  }
}

TEST_P(definitions, show_columns_of_fields_that_exist) {
  const auto schema = manifests::schema_of(definition);
  for (const auto& column : definition["spec"]["versions"][0]["additionalPrinterColumns"]) {
    SCOPED_TRACE(column["name"]);
    std::string path = column["jsonPath"];
    if (path == ".metadata.creationTimestamp")
      continue;
    path = std::regex_replace(path, std::regex{R"(\[\?\([^)]*\)\])"}, "[]");
    const auto known = std::any_of(places.begin(), places.end(),
                                   [&](const place& at) { return "." + at.path == path; });
    EXPECT_TRUE(known) << path;
  }
}

TEST_P(definitions, have_rules_with_messages_in_the_language_of_kubernetes_1_28) {
  const std::regex later{
      R"(optional|\.\?|\bip\(|\bcidr\(|\bquantity\(|\bsets\.|\bformat\.|\bsemver\()"};
  for (const auto& at : places)
    for (const auto& each : rules_of(at)) {
      SCOPED_TRACE(each["rule"]);
      EXPECT_GT(each.value("message", "").size(), 10U);
      EXPECT_FALSE(each.contains("optionalOldSelf"));
      EXPECT_FALSE(std::regex_search(each["rule"].get<std::string>(), later));
    }
}

TEST_P(definitions, have_rules_that_ask_for_optional_fields_before_they_read_them) {
  for (const auto& at : places)
    for (const auto& each : rules_of(at)) {
      const std::string rule = each["rule"];
      SCOPED_TRACE(rule);
      const std::regex field{R"(\b(self|oldSelf)\.(\w+))"};
      for (std::sregex_iterator match{rule.begin(), rule.end(), field}, end; match != end;
           ++match) {
        const auto name = (*match)[2].str();
        ASSERT_TRUE(at.schema["properties"].contains(name));
        const auto required = at.schema.value("required", json::array());
        const bool is_required
            = std::find(required.begin(), required.end(), name) != required.end();
        EXPECT_TRUE(is_required || rule.find("has(" + match->str() + ")") != std::string::npos)
            << name;
      }
    }
}

/// The fields of a spec that no rule keeps as they are.
std::vector<std::string> free_to_change(const json& definition) {
  const auto spec = manifests::schema_of(definition)["properties"]["spec"];
  const auto remedy
      = " is immutable; create another " + definition["spec"]["names"]["kind"].get<std::string>();
  std::vector<std::string> names;
  for (const auto& [name, property] : spec["properties"].items()) {
    const auto compares = [&, &field = name](const json& each) {
      return is_mentioned(each["rule"], "self." + field + " == oldSelf." + field)
             && each.value("message", "") == field + remedy;
    };
    const auto& rules = spec["x-kubernetes-validations"];
    if (std::none_of(rules.begin(), rules.end(), compares))
      names.push_back(name);
  }
  return names;
}

TEST(volume_backup_definition, lets_only_pinned_cancel_and_expires_after_change) {
  EXPECT_THAT(free_to_change(manifests::definition("volumebackups")),
              UnorderedElementsAre("pinned", "cancel", "expiresAfter"));
}

TEST(volume_restore_definition, lets_only_cancel_change) {
  EXPECT_THAT(free_to_change(manifests::definition("volumerestores")), ElementsAre("cancel"));
}

std::vector<std::string> columns_of(const json& definition, int priority) {
  std::vector<std::string> names;
  for (const auto& column : definition["spec"]["versions"][0]["additionalPrinterColumns"])
    if (column.value("priority", 0) == priority)
      names.push_back(column["name"]);
  return names;
}

TEST(volume_backup_definition, shows_the_result_at_a_glance_and_the_reason_when_asked_for_more) {
  const auto definition = manifests::definition("volumebackups");
  EXPECT_EQ(definition["spec"]["names"]["shortNames"], json({"vb"}));
  EXPECT_THAT(columns_of(definition, 0),
              ElementsAre("Application", "Phase", "Consistency", "Freeze", "Snapshots", "Age"));
  EXPECT_THAT(columns_of(definition, 1), ElementsAre("Reason", "Provider", "Completed"));
}

TEST(volume_backup_provider_definition, shows_whether_it_is_ready) {
  const auto definition = manifests::definition("volumebackupproviders");
  EXPECT_EQ(definition["spec"]["names"]["shortNames"], json({"vbp"}));
  EXPECT_THAT(columns_of(definition, 0), ElementsAre("Type", "Ready", "Age"));
}

TEST(volume_restore_definition, shows_how_far_it_is_and_what_it_is_made_from) {
  const auto definition = manifests::definition("volumerestores");
  EXPECT_EQ(definition["spec"]["names"]["shortNames"], json({"vr"}));
  EXPECT_THAT(columns_of(definition, 0),
              ElementsAre("Application", "Phase", "Strategy", "Source", "Age"));
  EXPECT_THAT(columns_of(definition, 1), ElementsAre("Snapshot", "Reason", "Completed"));
}

/// What two kinds have in common is written twice in YAML.
TEST(volume_restore_definition, takes_the_applications_claims_and_conditions_of_a_backup) {
  const auto backup = manifests::schema_of(manifests::definition("volumebackups"));
  const auto restore = manifests::schema_of(manifests::definition("volumerestores"));
  for (const auto* path :
       {"/properties/spec/properties/applicationRef", "/properties/spec/properties/claims",
        "/properties/status/properties/conditions"}) {
    auto ours = restore.at(json::json_pointer{path}), theirs = backup.at(json::json_pointer{path});
    ours.erase("description");
    theirs.erase("description");
    EXPECT_EQ(ours, theirs) << path;
  }
}

TEST(volume_restore_definition, takes_durations_as_a_backup_does) {
  const auto timeouts = [](const char* plural) {
    return manifests::schema_of(manifests::definition(plural))
        .at("/properties/spec/properties/timeouts/properties"_json_pointer);
  };
  const auto pattern = timeouts("volumebackups").at("total").at("pattern");
  const auto ours = timeouts("volumerestores");
  for (const auto& [name, schema] : ours.items())
    EXPECT_EQ(schema.at("pattern"), pattern) << name;
}

bool server_takes(const std::string& field, const json& value) {
  const auto spec
      = manifests::schema_of(manifests::definition("volumebackups"))["properties"]["spec"];
  return manifests::misfits(spec["properties"][field], value).empty();
}

TEST(volume_backup_definition, takes_the_durations_that_the_operator_reads) {
  for (const auto* text : {"500ms", "30s", "10m", "1h30m", "7d", "1d12h"}) {
    EXPECT_TRUE(server_takes("expiresAfter", text)) << text;
    EXPECT_TRUE(crds::parse_duration(text)) << text;
  }
  for (const auto* text : {"", "30", "s", "-5s", "1.5h", "5 s", "1w", "5s\n"}) {
    EXPECT_FALSE(server_takes("expiresAfter", text)) << text;
    EXPECT_FALSE(crds::parse_duration(text)) << text;
  }
}

TEST(volume_backup_definition, takes_an_application_with_or_without_its_kind) {
  for (const auto* text : {"mysql", "deployment/mysql", "statefulset/db.eu", "daemonset/x",
                           "pod/db-0", "persistentvolumeclaim/d"})
    EXPECT_TRUE(server_takes("applicationRef", text)) << text;
  for (const auto* text :
       {"", "Mysql", "job/x", "deployment/", "/mysql", "a/b/c", "mysql-", "a..b", "pvc/x"})
    EXPECT_FALSE(server_takes("applicationRef", text)) << text;
}

} // namespace
