#include "tests/kubesim/http/service_fixture.hpp"

namespace kubesim::http {
namespace {

using testing::HasSubstr;

constexpr const char* merge = "application/merge-patch+json";
constexpr const char* strategic = "application/strategic-merge-patch+json";
constexpr const char* steps = "application/json-patch+json";
constexpr const char* claims = "/api/v1/namespaces/ns/persistentvolumeclaims";
constexpr const char* volumes = "/api/v1/persistentvolumes";

json claim(const std::string& name) {
  return {
      {"apiVersion", "v1"},
      {"kind", "PersistentVolumeClaim"},
      {"metadata", {{"name", name}}},
      {"spec",
       {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "16Mi"}}}}}}}};
}

json workload(const char* kind, const std::string& name) {
  const json container{{"name", "c"},
                       {"image", "busybox"},
                       {"volumeMounts", {{{"name", "data"}, {"mountPath", "/data"}}}}};
  return {{"apiVersion", "apps/v1"},
          {"kind", kind},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"selector", {{"matchLabels", {{"app", name}}}}},
            {"template",
             {{"metadata", {{"labels", {{"app", name}}}}},
              {"spec",
               {{"containers", {container}},
                {"volumes",
                 {{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "old"}}}},
                  {{"name", "scratch"}, {"emptyDir", json::object()}}}}}}}}}}};
}

/// What an operator does that puts other volumes under a workload.
struct restore_rules : service {
  restore_rules() {
    make({{"apiVersion", "v1"},
          {"kind", "PersistentVolume"},
          {"metadata", {{"name", "pv"}}},
          {"spec",
           {{"capacity", {{"storage", "16Mi"}}},
            {"accessModes", {"ReadWriteOnce"}},
            {"claimRef", {{"namespace", "ns"}, {"name", "old"}, {"uid", "u"}}},
            {"csi", {{"driver", "d"}, {"volumeHandle", "h"}}}}}});
  }
  json claim_of_volume() const {
    return find("", "persistentvolumes", "pv")["spec"].value("claimRef", json{});
  }
};

TEST_F(restore_rules, a_claim_reference_is_cleared_and_set_by_patches_of_every_kind) {
  const std::string pv = std::string{volumes} + "/pv";
  EXPECT_EQ(ask("PATCH", pv, {{"spec", {{"claimRef", nullptr}}}}, merge).code, 200);
  EXPECT_TRUE(claim_of_volume().is_null());
  const json reference{{"namespace", "ns"}, {"name", "new"}};
  const json set{{{"op", "add"}, {"path", "/spec/claimRef"}, {"value", reference}}};
  EXPECT_EQ(ask("PATCH", pv, set, steps).code, 200);
  EXPECT_EQ(claim_of_volume(), reference);
  const json cleared{{{"op", "remove"}, {"path", "/spec/claimRef"}}};
  EXPECT_EQ(ask("PATCH", pv, cleared, steps).code, 200);
  EXPECT_TRUE(claim_of_volume().is_null());
  EXPECT_EQ(ask("PATCH", pv, {{"spec", {{"claimRef", reference}}}}, strategic).code, 200);
  EXPECT_EQ(claim_of_volume(), reference);
  EXPECT_EQ(ask("PATCH", pv, {{"spec", {{"csi", {{"volumeHandle", "x"}}}}}}, merge).code, 422);
}

TEST_F(restore_rules, the_claim_of_a_template_is_switched_by_the_name_of_its_volume) {
  for (const auto& [kind, plural] : {std::pair{"Deployment", "deployments"},
                                     {"StatefulSet", "statefulsets"},
                                     {"DaemonSet", "daemonsets"}}) {
    make(workload(kind, "w"));
    const auto path = std::string{"/apis/apps/v1/namespaces/ns/"} + plural + "/w";
    const auto volumes_of = [&, plural = plural] {
      return find("apps", plural, "w")["spec"]["template"]["spec"]["volumes"];
    };
    const json by_name{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "new"}}}};
    const json patch{{"spec", {{"template", {{"spec", {{"volumes", {by_name}}}}}}}}};
    EXPECT_EQ(ask("PATCH", path, patch, strategic).code, 200);
    EXPECT_EQ(volumes_of()[0], by_name);
    EXPECT_EQ(volumes_of()[1]["name"], "scratch");
    const auto place = "/spec/template/spec/volumes/0";
    const json guarded{{{"op", "test"}, {"path", std::string{place} + "/name"}, {"value", "data"}},
                       {{"op", "replace"},
                        {"path", std::string{place} + "/persistentVolumeClaim/claimName"},
                        {"value", "third"}}};
    EXPECT_EQ(ask("PATCH", path, guarded, steps).code, 200);
    EXPECT_EQ(volumes_of()[0]["persistentVolumeClaim"]["claimName"], "third");
    EXPECT_EQ(find("apps", plural, "w")["metadata"]["generation"], 3);
  }
}

TEST_F(restore_rules, both_ways_to_name_the_source_of_a_claim_fill_each_other_and_must_agree) {
  const json source{
      {"apiGroup", "snapshot.storage.k8s.io"}, {"kind", "VolumeSnapshot"}, {"name", "s"}};
  for (const auto& [way, name] : {std::pair{"dataSource", "one"}, {"dataSourceRef", "two"}}) {
    auto wanted = claim(name);
    wanted["spec"][way] = source;
    const auto made = ask("POST", claims, wanted);
    EXPECT_EQ(made.body["spec"]["dataSource"], source);
    EXPECT_EQ(made.body["spec"]["dataSourceRef"], source);
  }
  auto torn = claim("torn");
  torn["spec"]["dataSource"] = torn["spec"]["dataSourceRef"] = source;
  torn["spec"]["dataSourceRef"]["name"] = "other";
  EXPECT_THAT(ask("POST", claims, torn).message(), HasSubstr("must match dataSourceRef"));
}

TEST_F(restore_rules, a_dry_run_checks_everything_and_leaves_nothing) {
  EXPECT_EQ(ask("POST", std::string{claims} + "?dryRun=All", claim("c")).code, 201);
  EXPECT_TRUE(find("", "persistentvolumeclaims", "c").is_null());
  auto bad = claim("c");
  bad["spec"].erase("accessModes");
  EXPECT_EQ(ask("POST", std::string{claims} + "?dryRun=All", bad).code, 422);
  make(claim("c"));
  EXPECT_EQ(ask("POST", std::string{claims} + "?dryRun=All", claim("c")).code, 409);
  const auto one = std::string{claims} + "/c?dryRun=All";
  EXPECT_EQ(ask("PATCH", one, {{"metadata", {{"labels", {{"a", "b"}}}}}}, merge).code, 200);
  EXPECT_EQ(ask("DELETE", one).code, 200);
  const auto kept = find("", "persistentvolumeclaims", "c")["metadata"];
  EXPECT_FALSE(kept.contains("labels"));
  EXPECT_FALSE(kept.contains("deletionTimestamp"));
}

TEST_F(restore_rules, a_dry_run_leaves_workloads_alone) {
  for (const auto& [kind, plural] :
       {std::pair{"Deployment", "deployments"}, {"StatefulSet", "statefulsets"}}) {
    const auto all = std::string{"/apis/apps/v1/namespaces/ns/"} + plural;
    EXPECT_EQ(ask("POST", all + "?dryRun=All", workload(kind, "w")).code, 201);
    EXPECT_TRUE(find("apps", plural, "w").is_null());
    make(workload(kind, "w"));
    const auto before = find("apps", plural, "w");
    EXPECT_EQ(ask("PATCH", all + "/w?dryRun=All", {{"spec", {{"replicas", 5}}}}, merge).code, 200);
    EXPECT_EQ(ask("PATCH", all + "/w?dryRun=All", {{"spec", {{"replicas", -5}}}}, merge).code, 422);
    EXPECT_EQ(ask("PUT", all + "/w?dryRun=All", workload(kind, "w")).code, 200);
    EXPECT_EQ(ask("DELETE", all + "/w?dryRun=All").code, 200);
    EXPECT_EQ(find("apps", plural, "w"), before);
  }
}

} // namespace
} // namespace kubesim::http
