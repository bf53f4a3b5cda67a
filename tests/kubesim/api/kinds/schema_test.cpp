#include "tests/kubesim/api/kinds/schema.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace kubesim::kinds {
namespace {

const struct_type& of(const char* name) {
  return builtin_schema().at(name);
}

TEST(schema, names_the_path_of_an_unknown_field_with_its_index) {
  const json pod{{"spec", {{"containers", {{{"name", "a"}, {"imagee", "x"}}}}, {"bogus", 1}}}};
  EXPECT_EQ(unknown_fields(of("Pod"), pod),
            (std::vector<std::string>{"spec.bogus", "spec.containers[0].imagee"}));
}

TEST(schema, knows_nothing_wrong_below_a_field_of_any_shape) {
  const json revision{{"data", {{"whatever", {{"deep", 1}}}}}, {"revision", 1}};
  EXPECT_TRUE(unknown_fields(of("ControllerRevision"), revision).empty());
}

TEST(schema, words_a_wrong_type_as_the_server_does) {
  EXPECT_EQ(decoding_problem(of("Deployment"), {{"spec", {{"replicas", "three"}}}}),
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of "
            "type int32");
  EXPECT_EQ(decoding_problem(of("ConfigMap"), {{"data", {{"a", 1}}}}),
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string");
}

TEST(schema, refuses_a_micro_time_without_fraction) {
  EXPECT_EQ(decoding_problem(of("Lease"), {{"spec", {{"renewTime", "2026-01-01T00:00:00Z"}}}}),
            "parsing time \"2026-01-01T00:00:00Z\" as \"2006-01-02T15:04:05.000000Z07:00\": cannot "
            "parse \"Z\" as \".000000\"");
  EXPECT_EQ(
      decoding_problem(of("Lease"), {{"spec", {{"renewTime", "2026-01-01T00:00:00.000001Z"}}}}),
      "");
}

TEST(schema, refuses_text_that_is_no_base64_and_no_quantity) {
  EXPECT_EQ(decoding_problem(of("Secret"), {{"data", {{"b", "***"}}}}),
            "illegal base64 data at input byte 0");
  EXPECT_EQ(decoding_problem(of("Secret"), {{"data", {{"b", "eA=="}, {"c", "eHh4"}}}}), "");
  const json claim{{"spec", {{"resources", {{"requests", {{"storage", "abc"}}}}}}}};
  EXPECT_EQ(decoding_problem(of("PersistentVolumeClaim"), claim),
            "quantities must match the regular expression "
            "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
}

TEST(schema, drops_zero_values_but_keeps_those_behind_pointers) {
  json deployment{{"spec", {{"replicas", 0}, {"paused", false}, {"bogus", 1}}}, {"extra", nullptr}};
  normalize(of("Deployment"), deployment);
  EXPECT_EQ(deployment["spec"]["replicas"], 0);
  EXPECT_FALSE(deployment["spec"].contains("paused"));
  EXPECT_FALSE(deployment["spec"].contains("bogus"));
  EXPECT_FALSE(deployment.contains("extra"));
}

TEST(schema, writes_fields_that_are_always_there) {
  json deployment{{"spec", json::object()}};
  normalize(of("Deployment"), deployment);
  EXPECT_EQ(deployment["status"], json::object());
  EXPECT_EQ(deployment["spec"]["strategy"], json::object());
  json role{{"rules", json::array()}};
  normalize(of("Role"), role);
  EXPECT_EQ(role["rules"], nullptr);
}

TEST(schema, changes_nothing_the_second_time) {
  json pod{
      {"spec",
       {{"containers", {{{"name", "a"}, {"resources", {{"limits", {{"memory", "1024Mi"}}}}}}}}}},
      {"status", {{"containerStatuses", {{{"name", "a"}}}}}}};
  normalize(of("Pod"), pod);
  EXPECT_EQ(pod["spec"]["containers"][0]["resources"]["limits"]["memory"], "1Gi");
  auto again = pod;
  normalize(of("Pod"), again);
  EXPECT_EQ(again, pod);
}

TEST(schema, finds_the_merge_keys_of_a_template) {
  const auto keys = merge_keys(of("Deployment"));
  const auto has = [&](const char* path, const char* key) {
    return std::ranges::find(keys, std::pair<std::string, std::string>{path, key}) != keys.end();
  };
  EXPECT_TRUE(has("spec.template.spec.containers", "name"));
  EXPECT_TRUE(has("spec.template.spec.containers.volumeMounts", "mountPath"));
  EXPECT_TRUE(has("spec.template.spec.containers.ports", "containerPort"));
  EXPECT_TRUE(has("metadata.finalizers", ""));
  EXPECT_FALSE(has("spec.template.spec.tolerations", "key"));
}

TEST(schema, refuses_a_table_that_refers_to_nothing) {
  EXPECT_THROW(schema({"Thing: part Missing"}), std::invalid_argument);
}

} // namespace
} // namespace kubesim::kinds
