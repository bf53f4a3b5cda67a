#include "tests/kubesim/api/discovery/discovery.hpp"
#include "tests/kubesim/api/discovery/openapi.hpp"

#include <gtest/gtest.h>

namespace kubesim::discovery {
namespace {

served_types all_types() {
  served_types types;
  for (const auto& each : builtin_kinds())
    types.push_back(&each.type);
  return types;
}

served_rules all_rules() {
  served_rules rules;
  for (const auto& each : builtin_kinds())
    rules.push_back(&each);
  return rules;
}

json find_by(const json& list, const char* key, const std::string& value) {
  for (const auto& each : list)
    if (each.value(key, "") == value)
      return each;
  return nullptr;
}

TEST(discovery, lists_a_group_with_its_versions) {
  EXPECT_EQ(*group(all_types(), "apps"),
            (json{{"kind", "APIGroup"},
                  {"apiVersion", "v1"},
                  {"name", "apps"},
                  {"versions", {{{"groupVersion", "apps/v1"}, {"version", "v1"}}}},
                  {"preferredVersion", {{"groupVersion", "apps/v1"}, {"version", "v1"}}}}));
  EXPECT_FALSE(group(all_types(), "nosuch.example.com"));
  EXPECT_FALSE(group(all_types(), ""));
}

TEST(discovery, prefers_stable_versions) {
  resource_type beta, stable, alpha;
  beta.group = stable.group = alpha.group = "example.com";
  beta.version = "v2beta1";
  stable.version = "v1";
  alpha.version = "v3alpha1";
  EXPECT_EQ((*group({&alpha, &beta, &stable}, "example.com"))["preferredVersion"]["version"], "v1");
}

TEST(discovery, lists_subresources_beside_their_resource) {
  const auto list = *resources(all_types(), "", "v1");
  EXPECT_EQ(list["groupVersion"], "v1");
  EXPECT_EQ(find_by(list["resources"], "name", "pods")["shortNames"], json::array({"po"}));
  EXPECT_EQ(find_by(list["resources"], "name", "pods/exec")["verbs"],
            json::array({"create", "get"}));
  EXPECT_EQ(find_by(list["resources"], "name", "namespaces")["verbs"].size(), 7U)
      << "no deletecollection";
  const auto apps = *resources(all_types(), "apps", "v1");
  EXPECT_EQ(find_by(apps["resources"], "name", "deployments/scale")["group"], "autoscaling");
  EXPECT_FALSE(resources(all_types(), "apps", "v9"));
}

TEST(discovery, tells_everything_at_once_in_the_aggregated_form) {
  const auto core = aggregated(all_types(), scope::core, "v2");
  EXPECT_EQ(core["apiVersion"], "apidiscovery.k8s.io/v2");
  ASSERT_EQ(core["items"].size(), 1U);
  const auto pods = find_by(core["items"][0]["versions"][0]["resources"], "resource", "pods");
  EXPECT_EQ(find_by(pods["subresources"], "subresource", "exec")["responseKind"]["kind"],
            "PodExecOptions");
  const auto groups = aggregated(all_types(), scope::groups, "v2");
  for (const auto& item : groups["items"])
    EXPECT_TRUE(item["metadata"].contains("name"));
}

TEST(openapi, tells_kubectl_that_a_patch_can_be_validated) {
  const auto document = *openapi_document(all_rules(), "apis/apps/v1");
  const auto& patch
      = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"];
  EXPECT_EQ(patch["x-kubernetes-group-version-kind"]["kind"], "Deployment");
  EXPECT_FALSE(find_by(patch["parameters"], "name", "fieldValidation").is_null());
}

TEST(openapi, tells_how_lists_merge_and_refers_only_to_what_is_there) {
  const auto document = *openapi_document(all_rules(), "apis/apps/v1");
  const auto& schemas = document["components"]["schemas"];
  EXPECT_EQ(schemas["PodSpec"]["properties"]["containers"]["x-kubernetes-patch-merge-key"], "name");
  EXPECT_EQ(schemas["PodSpec"]["properties"]["volumes"]["x-kubernetes-patch-strategy"],
            "merge,retainKeys");
  const auto text = schemas.dump();
  const std::string prefix = "#/components/schemas/";
  for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix, at + 1)) {
    const auto start = at + prefix.size();
    EXPECT_TRUE(schemas.contains(text.substr(start, text.find('"', start) - start)));
  }
}

TEST(openapi, indexes_every_group_version) {
  const auto paths = openapi_index(all_rules())["paths"];
  EXPECT_TRUE(paths.contains("api/v1"));
  EXPECT_TRUE(paths.contains("apis/snapshot.storage.k8s.io/v1"));
  for (const auto& [path, entry] : paths.items())
    EXPECT_TRUE(openapi_document(all_rules(), path)) << path;
  EXPECT_FALSE(openapi_document(all_rules(), "apis/nosuch/v1"));
}

} // namespace
} // namespace kubesim::discovery
