#include "tests/kubesim/http/service_fixture.hpp"

namespace kubesim::http {
namespace {

using testing::HasSubstr;

struct scale : service {
  scale() {
    for (const char* kind : {"Deployment", "StatefulSet"})
      make({{"apiVersion", "apps/v1"},
            {"kind", kind},
            {"metadata", {{"name", "a"}}},
            {"spec",
             {{"replicas", 2},
              {"selector", {{"matchLabels", {{"app", "a"}}}}},
              {"template",
               {{"metadata", {{"labels", {{"app", "a"}}}}},
                {"spec", {{"containers", {{{"name", "c"}, {"image", "busybox"}}}}}}}}}}});
  }
  static std::string path(const std::string& plural, const std::string& query = {}) {
    return "/apis/apps/v1/namespaces/ns/" + plural + "/a/scale" + query;
  }
  int replicas(const char* plural) const { return find("apps", plural, "a")["spec"]["replicas"]; }
};

json wanted(int replicas) {
  return {{"kind", "Scale"},
          {"apiVersion", "autoscaling/v1"},
          {"metadata", {{"name", "a"}, {"namespace", "ns"}}},
          {"spec", {{"replicas", replicas}}}};
}

constexpr const char* merge = "application/merge-patch+json";
constexpr const char* strategic = "application/strategic-merge-patch+json";
constexpr const char* steps = "application/json-patch+json";

TEST_F(scale, is_read_and_written_on_deployments_and_stateful_sets) {
  for (const char* plural : {"deployments", "statefulsets"}) {
    auto read = ask("GET", path(plural));
    EXPECT_EQ(read.body["kind"], "Scale");
    EXPECT_EQ(read.body["spec"]["replicas"], 2);
    EXPECT_EQ(read.body["status"]["selector"], "app=a");
    read.body["spec"]["replicas"] = 0;
    EXPECT_EQ(ask("PUT", path(plural), read.body).code, 200);
    EXPECT_EQ(replicas(plural), 0);
    EXPECT_EQ(ask("PATCH", path(plural), {{"spec", {{"replicas", 3}}}}, merge).code, 200);
    EXPECT_EQ(replicas(plural), 3);
    EXPECT_EQ(ask("PATCH", path(plural), {{"spec", {{"replicas", 4}}}}, strategic).code, 200);
    EXPECT_EQ(replicas(plural), 4);
    const json up{{{"op", "replace"}, {"path", "/spec/replicas"}, {"value", 5}}};
    EXPECT_EQ(ask("PATCH", path(plural), up, steps).code, 200);
    EXPECT_EQ(replicas(plural), 5);
    EXPECT_EQ(find("apps", plural, "a")["metadata"]["generation"], 5);
  }
}

TEST_F(scale, needs_a_right_of_its_own) {
  allow("scaler", {{"apiGroups", {"apps"}},
                   {"resources", {"deployments/scale"}},
                   {"verbs", {"get", "update", "patch"}}});
  allow("editor", {{"apiGroups", {"apps"}}, {"resources", {"deployments"}}, {"verbs", {"*"}}});
  const auto json_type = "application/json";
  EXPECT_EQ(ask("GET", path("deployments"), nullptr, json_type, "scaler").code, 200);
  EXPECT_EQ(ask("PUT", path("deployments"), wanted(1), json_type, "scaler").code, 200);
  EXPECT_EQ(ask("GET", path("statefulsets"), nullptr, json_type, "scaler").code, 403);
  const auto answer
      = ask("PATCH", path("deployments"), {{"spec", {{"replicas", 0}}}}, merge, "editor");
  EXPECT_EQ(answer.code, 403);
  EXPECT_THAT(answer.message(),
              HasSubstr("cannot patch resource \"deployments/scale\" in API group "
                        "\"apps\" in the namespace \"ns\""));
}

TEST_F(scale, of_a_dry_run_is_answered_and_forgotten) {
  EXPECT_EQ(ask("PUT", path("deployments", "?dryRun=All"), wanted(0)).code, 200);
  const auto patched
      = ask("PATCH", path("deployments", "?dryRun=All"), {{"spec", {{"replicas", 7}}}}, merge);
  EXPECT_EQ(patched.body["spec"]["replicas"], 7);
  EXPECT_EQ(replicas("deployments"), 2);
  EXPECT_EQ(ask("PUT", path("deployments", "?dryRun=Some"), wanted(0)).code, 422);
}

TEST_F(scale, conflicts_with_a_version_or_uid_that_is_not_the_present_one) {
  auto stale = wanted(0);
  stale["metadata"]["resourceVersion"] = "1";
  EXPECT_EQ(ask("PUT", path("deployments"), stale).code, 409);
  auto other = wanted(0);
  other["metadata"]["uid"] = "of-another";
  const auto answer = ask("PUT", path("deployments"), other);
  EXPECT_EQ(answer.code, 409);
  EXPECT_THAT(answer.message(), HasSubstr("on deployments/scale.apps \"a\": Precondition failed: "
                                          "UID in precondition: of-another"));
  EXPECT_EQ(replicas("deployments"), 2);
}

TEST_F(scale, refuses_less_than_nothing_and_another_name) {
  EXPECT_EQ(ask("PUT", path("deployments"), wanted(-1)).message(),
            "Scale.autoscaling \"a\" is invalid: spec.replicas: Invalid value: -1: must be greater "
            "than or equal to 0");
  auto other = wanted(1);
  other["metadata"]["name"] = "b";
  EXPECT_EQ(ask("PUT", path("deployments"), other).code, 400);
}

TEST_F(scale, notes_who_wrote_it) {
  ask("PATCH", path("deployments", "?fieldManager=operator"), {{"spec", {{"replicas", 0}}}}, merge);
  const auto managers = find("apps", "deployments", "a")["metadata"]["managedFields"];
  ASSERT_EQ(managers.size(), 1U);
  EXPECT_EQ(managers[0]["manager"], "operator");
  EXPECT_EQ(managers[0]["subresource"], "scale");
}

} // namespace
} // namespace kubesim::http
