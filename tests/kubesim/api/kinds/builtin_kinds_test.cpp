#include "tests/kubesim/api/kind_rules.hpp"
#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/pod_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kubesim {
namespace {

using kinds::text_at;
using testing::ElementsAre;

const kind_rules& kind(std::string_view group, std::string_view plural) {
  for (const auto& each : builtin_kinds())
    if (each.type.group == group && each.type.plural == plural)
      return each;
  throw std::out_of_range{std::string{plural}};
}

/// What becomes of an object on its way into the store.
json created(const kind_rules& rules, json object) {
  object["metadata"].update({{"name", "x"}, {"namespace", "n"}});
  rules.prune(object);
  if (rules.set_defaults)
    rules.set_defaults(object);
  rules.prepare(object, nullptr);
  return object;
}

std::vector<std::string> problems(const kind_rules& rules, const json& object,
                                  const json* before = nullptr) {
  std::vector<std::string> texts;
  for (const auto& each : rules.validate(object, before))
    texts.push_back(each.field + ": " + each.message);
  return texts;
}

json container() {
  return {{"name", "main"}, {"image", "busybox"}};
}

json deployment() {
  return {{"spec",
           {{"selector", {{"matchLabels", {{"app", "d"}}}}},
            {"template",
             {{"metadata", {{"labels", {{"app", "d"}}}}},
              {"spec", {{"containers", json::array({container()})}}}}}}}};
}

TEST(secret, turns_string_data_into_data) {
  const auto secret
      = created(kind("", "secrets"), {{"stringData", {{"a", "hello"}}}, {"data", {{"b", "eA=="}}}});
  EXPECT_EQ(secret["data"], (json{{"a", "aGVsbG8="}, {"b", "eA=="}}));
  EXPECT_FALSE(secret.contains("stringData"));
  EXPECT_EQ(secret["type"], "Opaque");
}

TEST(secret, keeps_its_type) {
  const json before{{"type", "Opaque"}}, after{{"type", "other"}};
  EXPECT_THAT(problems(kind("", "secrets"), after, &before),
              ElementsAre("type: Invalid value: \"other\": field is immutable"));
}

TEST(config_map, refuses_keys_that_are_no_file_names) {
  EXPECT_EQ(problems(kind("", "configmaps"), {{"data", {{"bad key!", "v"}}}}).size(), 1U);
  EXPECT_THAT(problems(kind("", "configmaps"), {{"data", {{"good.key-1_A", "v"}}}}), ElementsAre());
}

TEST(config_map, does_not_change_once_immutable) {
  const json before{{"data", {{"a", "b"}}}, {"immutable", true}};
  auto after = before;
  after["data"]["a"] = "c";
  EXPECT_THAT(problems(kind("", "configmaps"), after, &before),
              ElementsAre("data: Forbidden: field is immutable when `immutable` is set"));
}

TEST(name_space, starts_active_and_held) {
  const auto& rules = kind("", "namespaces");
  auto object = created(rules, json::object());
  EXPECT_EQ(object["spec"]["finalizers"], json::array({"kubernetes"}));
  EXPECT_EQ(object["status"]["phase"], "Active");
  EXPECT_EQ(object["metadata"]["labels"]["kubernetes.io/metadata.name"], "x");
  EXPECT_TRUE(rules.is_held(object));
  rules.begin_deletion(object);
  EXPECT_EQ(object["status"]["phase"], "Terminating");
}

TEST(pod, gets_the_defaults_of_a_real_server) {
  const auto pod
      = created(kind("", "pods"), {{"spec", {{"containers", json::array({container()})}}}});
  const auto& spec = pod["spec"];
  EXPECT_EQ(spec["restartPolicy"], "Always");
  EXPECT_EQ(spec["terminationGracePeriodSeconds"], 30);
  EXPECT_EQ(spec["tolerations"].size(), 2U);
  EXPECT_EQ(spec["containers"][0]["imagePullPolicy"], "Always") << "no tag means latest";
  EXPECT_EQ(spec["containers"][0]["resources"], json::object());
  EXPECT_EQ(pod["status"], (json{{"phase", "Pending"}, {"qosClass", "BestEffort"}}));
}

TEST(pod, needs_a_container) {
  EXPECT_THAT(problems(kind("", "pods"), created(kind("", "pods"), {{"spec", json::object()}})),
              ElementsAre("spec.containers: Required value"));
}

TEST(pod, refuses_a_mount_of_no_volume_and_two_sources_of_one) {
  auto wanted = container();
  wanted["volumeMounts"] = json::array({{{"name", "gone"}, {"mountPath", "/a"}}});
  const auto pod = created(
      kind("", "pods"),
      {{"spec",
        {{"containers", json::array({wanted})},
         {"volumes", json::array({{{"name", "v"},
                                   {"emptyDir", json::object()},
                                   {"persistentVolumeClaim", {{"claimName", "c"}}}}})}}}});
  EXPECT_THAT(problems(kind("", "pods"), pod),
              ElementsAre("spec.volumes[0].persistentVolumeClaim: Forbidden: may not specify more "
                          "than 1 volume type",
                          "spec.containers[0].volumeMounts[0].name: Not found: \"gone\""));
}

TEST(pod, is_nearly_immutable_but_can_be_bound_and_given_another_image) {
  const auto& rules = kind("", "pods");
  const auto before = created(rules, {{"spec", {{"containers", json::array({container()})}}}});
  auto bound = before;
  bound["spec"]["nodeName"] = "node1";
  bound["spec"]["containers"][0]["image"] = "busybox:2";
  EXPECT_THAT(problems(rules, bound, &before), ElementsAre());
  auto moved = bound;
  moved["spec"]["nodeName"] = "node2";
  EXPECT_EQ(problems(rules, moved, &bound).size(), 1U);
}

TEST(pod, takes_its_time_to_stop_only_while_it_may_run) {
  const auto& rules = kind("", "pods");
  json pod{{"spec", {{"terminationGracePeriodSeconds", 7}}}, {"status", {{"phase", "Pending"}}}};
  EXPECT_EQ(rules.grace_seconds(pod), 0) << "not scheduled";
  pod["spec"]["nodeName"] = "node1";
  EXPECT_EQ(rules.grace_seconds(pod), 7);
  pod["status"]["phase"] = "Succeeded";
  EXPECT_EQ(rules.grace_seconds(pod), 0);
}

TEST(pod, shows_the_status_that_kubectl_shows) {
  json pod{{"status", {{"phase", "Running"}}}};
  EXPECT_EQ(kinds::pod_status_text(pod), "Running");
  pod["status"]["containerStatuses"]
      = json::array({{{"state", {{"waiting", {{"reason", "CrashLoopBackOff"}}}}}}});
  EXPECT_EQ(kinds::pod_status_text(pod), "CrashLoopBackOff");
  pod["spec"]["initContainers"] = json::array({container(), container()});
  pod["status"]["initContainerStatuses"]
      = json::array({{{"state", {{"terminated", {{"exitCode", 0}}}}}},
                     {{"state", {{"running", json::object()}}}}});
  EXPECT_EQ(kinds::pod_status_text(pod), "Init:1/2");
  pod["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(kinds::pod_status_text(pod), "Terminating");
}

TEST(deployment, gets_the_defaults_of_a_real_server) {
  const auto object = created(kind("apps", "deployments"), deployment());
  EXPECT_EQ(object["spec"]["replicas"], 1);
  EXPECT_EQ(object["spec"]["progressDeadlineSeconds"], 600);
  EXPECT_EQ(object["spec"]["strategy"],
            (json{{"type", "RollingUpdate"},
                  {"rollingUpdate", {{"maxSurge", "25%"}, {"maxUnavailable", "25%"}}}}));
  EXPECT_EQ(object["status"], json::object());
  EXPECT_FALSE(object["spec"]["template"]["spec"].contains("tolerations"));
  EXPECT_THAT(problems(kind("apps", "deployments"), object), ElementsAre());
}

TEST(deployment, needs_a_selector_that_matches_its_template) {
  auto wrong = deployment();
  wrong["spec"]["template"]["metadata"]["labels"]["app"] = "other";
  EXPECT_THAT(problems(kind("apps", "deployments"), created(kind("apps", "deployments"), wrong)),
              ElementsAre("spec.template.metadata.labels: Invalid value: {\"app\":\"other\"}: "
                          "`selector` does not match template `labels`"));
}

TEST(deployment, cannot_roll_when_it_recreates) {
  auto wrong = deployment();
  wrong["spec"]["strategy"] = {{"type", "Recreate"}, {"rollingUpdate", json::object()}};
  EXPECT_THAT(problems(kind("apps", "deployments"), created(kind("apps", "deployments"), wrong)),
              ElementsAre("spec.strategy.rollingUpdate: Forbidden: may not be specified when "
                          "strategy `type` is 'Recreate'"));
}

TEST(stateful_set, may_mount_what_its_claim_templates_make) {
  auto object = deployment();
  object["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
      = json::array({{{"name", "data"}, {"mountPath", "/data"}}});
  object["spec"]["volumeClaimTemplates"] = json::array(
      {{{"metadata", {{"name", "data"}}}, {"spec", {{"accessModes", {"ReadWriteOnce"}}}}}});
  const auto& rules = kind("apps", "statefulsets");
  const auto set = created(rules, object);
  EXPECT_THAT(problems(rules, set), ElementsAre());
  EXPECT_EQ(set["status"], (json{{"replicas", 0}, {"availableReplicas", 0}}));
  EXPECT_EQ(set["spec"]["volumeClaimTemplates"][0]["status"]["phase"], "Pending");
}

TEST(claim, is_pending_and_protected_from_the_start) {
  const auto& rules = kind("", "persistentvolumeclaims");
  const auto claim = created(
      rules,
      {{"spec",
        {{"accessModes", {"ReadWriteOnce"}},
         {"resources", {{"requests", {{"storage", "16Mi"}}}}},
         {"dataSource",
          {{"apiGroup", "snapshot.storage.k8s.io"}, {"kind", "VolumeSnapshot"}, {"name", "s"}}}}}});
  EXPECT_EQ(claim["metadata"]["finalizers"], json::array({"kubernetes.io/pvc-protection"}));
  EXPECT_EQ(claim["status"]["phase"], "Pending");
  EXPECT_EQ(claim["spec"]["volumeMode"], "Filesystem");
  EXPECT_EQ(claim["spec"]["dataSourceRef"], claim["spec"]["dataSource"]);
  EXPECT_THAT(problems(rules, claim), ElementsAre());
}

TEST(claim, needs_access_modes_and_a_size_above_zero) {
  const auto& rules = kind("", "persistentvolumeclaims");
  EXPECT_THAT(problems(rules, {{"spec", json::object()}}),
              ElementsAre("spec.accessModes: Required value: at least 1 access mode is required",
                          "spec.resources[storage]: Required value"));
  EXPECT_THAT(problems(rules, {{"spec",
                                {{"accessModes", {"ReadWriteOnce"}},
                                 {"resources", {{"requests", {{"storage", "-1"}}}}}}}}),
              ElementsAre("spec.resources[storage]: Invalid value: \"-1\": must be greater than "
                          "zero"));
}

TEST(claim, may_be_bound_and_grow_but_not_shrink_or_move) {
  const auto& rules = kind("", "persistentvolumeclaims");
  const json before{
      {"spec",
       {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "16Mi"}}}}}}}};
  auto bound = before;
  bound["spec"]["volumeName"] = "pv";
  EXPECT_THAT(problems(rules, bound, &before), ElementsAre());
  auto grown = bound;
  grown["spec"]["resources"]["requests"]["storage"] = "32Mi";
  EXPECT_EQ(problems(rules, grown, &bound).size(), 1U) << "not before it is bound";
  bound["status"] = {{"phase", "Bound"}, {"capacity", {{"storage", "16Mi"}}}};
  grown["status"] = bound["status"];
  EXPECT_THAT(problems(rules, grown, &bound), ElementsAre());
  auto moved = bound;
  moved["spec"]["volumeName"] = "other";
  EXPECT_EQ(problems(rules, moved, &bound).size(), 1U);
  auto shrunk = bound;
  shrunk["spec"]["resources"]["requests"]["storage"] = "8Mi";
  EXPECT_THAT(problems(rules, shrunk, &bound),
              ElementsAre("spec.resources.requests.storage: Forbidden: field can not be less than "
                          "status.capacity"));
}

TEST(volume, keeps_its_source_and_mode_but_not_its_claim_and_policy) {
  const auto& rules = kind("", "persistentvolumes");
  const json before{{"spec",
                     {{"capacity", {{"storage", "16Mi"}}},
                      {"accessModes", {"ReadWriteOnce"}},
                      {"persistentVolumeReclaimPolicy", "Delete"},
                      {"volumeMode", "Filesystem"},
                      {"claimRef", {{"namespace", "n"}, {"name", "c"}, {"uid", "u"}}},
                      {"csi", {{"driver", "d"}, {"volumeHandle", "h"}}}}}};
  auto freed = before;
  freed["spec"].erase("claimRef");
  freed["spec"]["persistentVolumeReclaimPolicy"] = "Retain";
  EXPECT_THAT(problems(rules, freed, &before), ElementsAre());
  auto other = before;
  other["spec"]["csi"]["volumeHandle"] = "other";
  other["spec"]["volumeMode"] = "Block";
  EXPECT_THAT(problems(rules, other, &before),
              ElementsAre("spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is "
                          "immutable after creation",
                          "volumeMode: Invalid value: \"Block\": field is immutable"));
  auto unknown = before;
  unknown["spec"]["persistentVolumeReclaimPolicy"] = "Keep";
  EXPECT_EQ(problems(rules, unknown, &before).size(), 1U);
}

TEST(event, is_one_object_in_two_shapes) {
  const auto& shape = kind("events.k8s.io", "events");
  const json mine{{"note", "hi"},
                  {"regarding", {{"name", "a"}}},
                  {"reportingController", "c"},
                  {"reportingInstance", "i"},
                  {"deprecatedCount", 2}};
  auto stored = mine;
  shape.to_stored(stored);
  EXPECT_EQ(stored["message"], "hi");
  EXPECT_EQ(stored["involvedObject"]["name"], "a");
  EXPECT_EQ(stored["count"], 2);
  shape.from_stored(stored);
  EXPECT_EQ(stored, mine);
}

TEST(lease, lasts_longer_than_nothing) {
  EXPECT_THAT(
      problems(kind("coordination.k8s.io", "leases"), {{"spec", {{"leaseDurationSeconds", 0}}}}),
      ElementsAre("spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0"));
}

TEST(role_binding, keeps_its_role) {
  const auto& rules = kind("rbac.authorization.k8s.io", "rolebindings");
  const json before{
      {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", "r"}}}};
  auto after = before;
  after["roleRef"]["name"] = "other";
  EXPECT_THAT(problems(rules, after, &before),
              ElementsAre("roleRef: Invalid value: {\"APIGroup\":\"rbac.authorization.k8s.io\","
                          "\"Kind\":\"Role\",\"Name\":\"other\"}: cannot change roleRef"));
}

TEST(volume_snapshot, needs_exactly_one_source_that_stays) {
  const auto& rules = kind("snapshot.storage.k8s.io", "volumesnapshots");
  const json nothing{{"spec", {{"source", json::object()}}}};
  EXPECT_THAT(problems(rules, nothing),
              ElementsAre("spec.source: Invalid value: exactly one of volumeSnapshotContentName "
                          "and persistentVolumeClaimName must be set"));
  const json before{{"spec", {{"source", {{"persistentVolumeClaimName", "x"}}}}}};
  auto after = before;
  after["spec"]["source"]["persistentVolumeClaimName"] = "y";
  EXPECT_THAT(problems(rules, after, &before),
              ElementsAre("spec.source.persistentVolumeClaimName: Invalid value: \"y\": "
                          "persistentVolumeClaimName is immutable"));
}

TEST(volume_snapshot, without_spec_has_its_rules_skipped) {
  EXPECT_EQ(
      problems(kind("snapshot.storage.k8s.io", "volumesnapshots"), {{"kind", "VolumeSnapshot"}})
          .size(),
      2U);
}

TEST(volume_group_snapshot, needs_exactly_one_source_that_stays) {
  const auto& rules = kind("groupsnapshot.storage.k8s.io", "volumegroupsnapshots");
  const json nothing{{"spec", {{"source", json::object()}}}};
  EXPECT_THAT(problems(rules, nothing),
              ElementsAre("spec.source: Invalid value: exactly one of selector and "
                          "volumeGroupSnapshotContentName must be set"));
  const json before{{"spec", {{"source", {{"selector", {{"matchLabels", {{"a", "b"}}}}}}}}}};
  auto after = before;
  after["spec"]["source"]["selector"]["matchLabels"]["a"] = "c";
  EXPECT_THAT(problems(rules, after, &before),
              ElementsAre("spec.source.selector: Invalid value: selector is immutable"));
}

TEST(definition, must_be_called_by_its_plural_and_group) {
  const auto& rules = kind("apiextensions.k8s.io", "customresourcedefinitions");
  const auto definition = created(
      rules,
      {{"spec",
        {{"group", "example.com"},
         {"scope", "Namespaced"},
         {"names", {{"plural", "widgets"}, {"kind", "Widget"}}},
         {"versions", json::array({{{"name", "v1"},
                                    {"served", true},
                                    {"storage", true},
                                    {"schema", {{"openAPIV3Schema", {{"type", "object"}}}}}}})}}}});
  EXPECT_THAT(problems(rules, definition),
              ElementsAre("metadata.name: Invalid value: \"x\": must be "
                          "spec.names.plural+\".\"+spec.group"));
  EXPECT_EQ(text_at(definition, "spec.names.listKind"), "WidgetList");
  EXPECT_EQ(definition["status"], (json{{"acceptedNames", {{"kind", ""}, {"plural", ""}}},
                                        {"conditions", nullptr},
                                        {"storedVersions", {"v1"}}}));
}

} // namespace
} // namespace kubesim
