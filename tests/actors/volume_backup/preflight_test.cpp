#include "actors/volume_backup/preflight.hpp"
#include "tests/support/preflight_case.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using support::preflight_case;
using namespace std::chrono_literals;

backup_plan plan_of(const preflight_case& given) {
  const auto verdict = given.judge();
  const auto* why = std::get_if<refusal>(&verdict);
  EXPECT_FALSE(why) << (why ? why->reason + ": " + why->message : "");
  return why ? backup_plan{} : std::get<backup_plan>(verdict);
}

TEST(preflight, plans_pods_with_hooks_by_identity_and_claims_with_class_and_name) {
  const auto plan = plan_of({});
  ASSERT_EQ(plan.pods.size(), 1U);
  EXPECT_EQ(plan.pods[0].uid, "uid-mysql-0");
  EXPECT_EQ(plan.pods[0].container, "main");
  EXPECT_EQ(plan.pods[0].restart_count, 2);
  ASSERT_EQ(plan.claims.size(), 1U);
  EXPECT_EQ(plan.claims[0].class_name, "fast");
  EXPECT_FALSE(plan.claims[0].snapshot_name.empty());
}

TEST(preflight, names_pods_that_write_without_hooks_even_outside_the_application) {
  preflight_case given;
  given.facts.pods.push_back(given.pod("cron", "data"));
  given.facts.pods.back().metadata.labels.clear();
  EXPECT_EQ(plan_of(given).unhooked_pods, std::vector<std::string>{"cron"});
}

TEST(preflight, freezes_other_pods_that_mount_the_claim_and_declare_hooks) {
  preflight_case given;
  given.facts.pods.push_back(given.facts.pods[0]);
  given.facts.pods.back().metadata.name = "sidekick";
  given.facts.pods.back().metadata.labels.clear();
  EXPECT_EQ(plan_of(given).pods.size(), 2U);
}

TEST(preflight, finished_pods_do_not_count) {
  preflight_case given;
  given.facts.pods.push_back(given.pod("job", "data"));
  given.facts.pods.back().phase = "Succeeded";
  EXPECT_TRUE(plan_of(given).unhooked_pods.empty());
}

TEST(preflight, caps_the_freeze) {
  preflight_case given;
  given.backup.spec.timeouts.max_freeze = 1h;
  given.limits.max_freeze_cap = 20s;
  const auto plan = plan_of(given);
  EXPECT_EQ(plan.timeouts.max_freeze, 20s);
  EXPECT_EQ(plan.pods[0].freeze_timeout, 20s);
}

TEST(preflight, skip_runs_no_hook) {
  preflight_case given;
  given.backup.spec.hooks.policy = crds::hooks_policy::skip;
  EXPECT_TRUE(plan_of(given).pods.empty());
}

TEST(preflight, warns_of_a_lock_that_cannot_outlive_its_client) {
  preflight_case given;
  given.facts.pods[0].metadata.annotations["backups.example.com.pre-hook"]
      = "mysql -e 'flush tables with read lock;'";
  const auto plan = plan_of(given);
  EXPECT_EQ(plan.pods[0].one_shot.lifetime, freeze_session::lock_lifetime::ends_with_client);
  EXPECT_EQ(plan.warnings.size(), 1U);
}

// Presets.

preflight_case with_provider_of(const std::string& preset) {
  preflight_case given;
  given.backup.spec.provider_ref = "p";
  given.facts.provider.emplace();
  given.facts.provider->spec.hooks_preset = preset;
  return given;
}

TEST(preflight, plans_the_preset_of_a_pod) {
  preflight_case given;
  given.facts.pods[0].metadata.annotations = {{"backups.example.com.hook-preset", "fsfreeze"}};
  const auto plan = plan_of(given);
  ASSERT_EQ(plan.pods.size(), 1U);
  EXPECT_EQ(plan.pods[0].hooks.preset, "fsfreeze");
  EXPECT_EQ(plan.pods[0].hooks.pre.rfind("set -- '/data' ''\n", 0), 0U);
  EXPECT_TRUE(plan.warnings.empty());
}

TEST(preflight, a_preset_is_told_the_longest_freeze_that_is_in_force) {
  preflight_case given;
  given.facts.pods[0].metadata.annotations = {{"backups.example.com.hook-preset", "redis"}};
  given.limits.max_freeze_cap = 20s;
  EXPECT_EQ(plan_of(given).pods[0].hooks.pre.rfind("set -- 20000\n", 0), 0U);
}

TEST(preflight, gives_the_preset_and_container_of_the_provider_to_pods_without_hook_annotations) {
  auto given = with_provider_of("mysql");
  given.facts.pods[0].metadata.annotations = {{"kubectl.kubernetes.io/default-container", "main"}};
  given.facts.pods[0].containers.push_back({"db", {}});
  given.facts.pods[0].statuses.push_back({"db", "containerd://2", 0, true, true});
  given.facts.provider->spec.hooks_container = "db";
  const auto plan = plan_of(given);
  ASSERT_EQ(plan.pods.size(), 1U);
  EXPECT_EQ(plan.pods[0].hooks.preset, "mysql");
  EXPECT_EQ(plan.pods[0].container, "db");
}

TEST(preflight, the_annotations_of_a_pod_outrank_the_preset_of_the_provider) {
  auto given = with_provider_of("mysql");
  EXPECT_EQ(plan_of(given).pods[0].hooks.pre, "freeze it");
  given.facts.pods[0].metadata.annotations = {{"backups.example.com.hook-preset", "none"}};
  EXPECT_EQ(plan_of(given).unhooked_pods, std::vector<std::string>{"mysql-0"});
}

// Snapshot class: explicit > provider's > default of the driver > the only one of the driver >
// refused.

TEST(snapshot_class_choice, the_named_one_outranks_the_default) {
  preflight_case given;
  given.facts.classes
      = {given.snapshot_class("a", "hostpath"), given.snapshot_class("b", "hostpath")};
  given.facts.classes->front().is_default = true;
  EXPECT_EQ(plan_of(given).claims[0].class_name, "a");
  given.backup.spec.snapshot_class_name = "b";
  EXPECT_EQ(plan_of(given).claims[0].class_name, "b");
}

TEST(snapshot_class_choice, the_providers_one_outranks_the_default) {
  preflight_case given;
  given.facts.classes
      = {given.snapshot_class("a", "hostpath"), given.snapshot_class("b", "hostpath")};
  given.facts.classes->front().is_default = true;
  given.backup.spec.provider_ref = "p";
  given.facts.provider.emplace();
  given.facts.provider->spec.snapshot_classes = {{"hostpath", "b"}};
  EXPECT_EQ(plan_of(given).claims[0].class_name, "b");
}

TEST(snapshot_class_choice, classes_of_other_drivers_do_not_count) {
  preflight_case given;
  given.facts.classes->push_back(given.snapshot_class("other", "elsewhere"));
  EXPECT_EQ(plan_of(given).claims[0].class_name, "fast");
}

TEST(snapshot_class_choice, without_the_right_to_list_them_the_named_one_is_taken) {
  preflight_case given;
  given.facts.classes.reset();
  given.backup.spec.snapshot_class_name = "mine";
  EXPECT_EQ(plan_of(given).claims[0].class_name, "mine");
}

/// One thing that is wrong, and the reason that the user reads.
struct flaw {
  const char* name;
  void (*spoil)(preflight_case&);
  const char* reason;
  const char* mentions; ///< the message names object, field or value
};

class bad_input : public ::testing::TestWithParam<flaw> {};

TEST_P(bad_input, is_refused_with_its_own_reason) {
  preflight_case given;
  GetParam().spoil(given);
  const auto verdict = given.judge();
  const auto* why = std::get_if<refusal>(&verdict);
  ASSERT_TRUE(why) << "it was planned";
  EXPECT_EQ(why->reason, GetParam().reason) << why->message;
  EXPECT_NE(why->message.find(GetParam().mentions), std::string::npos) << why->message;
}

INSTANTIATE_TEST_SUITE_P(
    flaws, bad_input,
    ::testing::Values(
        flaw{"unknown_application", [](preflight_case& c) { c.facts.workloads.clear(); },
             "ApplicationNotFound", "mysql"},
        flaw{"ambiguous_name",
             [](preflight_case& c) {
               c.facts.workloads.push_back(c.facts.workloads[0]);
               c.facts.workloads[1].kind = "StatefulSet";
             },
             "ApplicationAmbiguous", "StatefulSet mysql"},
        flaw{"senseless_reference",
             [](preflight_case& c) { c.backup.spec.application_ref = "job/x"; }, "InvalidSpec",
             "job/x"},
        flaw{"malformed_duration",
             [](preflight_case& c) {
               c.backup.spec_problems = {"spec.timeouts.freeze: \"abc\" is no duration"};
             },
             "InvalidSpec", "spec.timeouts.freeze"},
        flaw{"no_pods", [](preflight_case& c) { c.facts.pods.clear(); }, "NoPods", "mysql"},
        flaw{"claim_not_mounted", [](preflight_case& c) { c.backup.spec.claims = {"other"}; },
             "ClaimNotMounted", "other"},
        flaw{"no_claims", [](preflight_case& c) { c.facts.pods[0].claims.clear(); }, "NoClaims",
             "mysql"},
        flaw{"claim_missing", [](preflight_case& c) { c.facts.claims["data"].reset(); },
             "ClaimNotFound", "data"},
        flaw{"claim_pending",
             [](preflight_case& c) {
               c.facts.claims["data"]->phase = "Pending";
               c.facts.pods[0].phase = "Pending";
             },
             "ClaimNotBound", "Pending"},
        flaw{"pod_not_ready", [](preflight_case& c) { c.facts.pods[0].ready = false; },
             "PodNotReady", "mysql-0"},
        flaw{"pod_going",
             [](preflight_case& c) { c.facts.pods[0].metadata.deletion_timestamp.emplace(); },
             "PodNotReady", "being deleted"},
        flaw{"container_unknown",
             [](preflight_case& c) {
               c.facts.pods[0].metadata.annotations["backups.example.com.hook-container"] = "db";
             },
             "ContainerUnknown", "db"},
        flaw{"container_not_running",
             [](preflight_case& c) { c.facts.pods[0].statuses[0].running = false; }, "PodNotReady",
             "main"},
        flaw{"no_driver",
             [](preflight_case& c) { c.facts.claims["data"]->metadata.annotations.clear(); },
             "DriverUnknown", "data"},
        flaw{"no_snapshot_api", [](preflight_case& c) { c.facts.snapshot_api_served = false; },
             "SnapshotApiMissing", "snapshot.storage.k8s.io"},
        flaw{"no_class", [](preflight_case& c) { c.facts.classes->clear(); },
             "SnapshotClassMissing", "hostpath"},
        flaw{"two_classes",
             [](preflight_case& c) {
               c.facts.classes->push_back(c.snapshot_class("slow", "hostpath"));
             },
             "SnapshotClassAmbiguous", "fast, slow"},
        flaw{"two_default_classes",
             [](preflight_case& c) {
               c.facts.classes->push_back(c.snapshot_class("slow", "hostpath"));
               c.facts.classes->at(0).is_default = c.facts.classes->at(1).is_default = true;
             },
             "SnapshotClassAmbiguous", "slow"},
        flaw{"named_class_missing",
             [](preflight_case& c) { c.backup.spec.snapshot_class_name = "gold"; },
             "SnapshotClassNotFound", "gold"},
        flaw{"named_class_of_another_driver",
             [](preflight_case& c) {
               c.facts.classes->push_back(c.snapshot_class("gold", "elsewhere"));
               c.backup.spec.snapshot_class_name = "gold";
             },
             "SnapshotClassNotFound", "elsewhere"},
        flaw{"classes_unreadable", [](preflight_case& c) { c.facts.classes.reset(); },
             "PermissionMissing", "spec.snapshotClassName"},
        flaw{"hooks_required",
             [](preflight_case& c) {
               c.facts.pods[0].metadata.annotations.clear();
               c.backup.spec.hooks.policy = crds::hooks_policy::required;
             },
             "HooksMissing", "Required"},
        flaw{"pre_without_post",
             [](preflight_case& c) {
               c.facts.pods[0].metadata.annotations.erase("backups.example.com.post-hook");
             },
             "InvalidHooks", "mysql-0"},
        flaw{"exec_forbidden",
             [](preflight_case& c) {
               c.facts.denied = {{"create", "", "pods", "exec", "shop"}};
             },
             "ExecForbidden", "create pods/exec"},
        flaw{"snapshots_forbidden",
             [](preflight_case& c) {
               c.facts.denied
                   = {{"create", "snapshot.storage.k8s.io", "volumesnapshots", "", "shop"}};
             },
             "PermissionMissing", "volumesnapshots"},
        flaw{"provider_missing", [](preflight_case& c) { c.backup.spec.provider_ref = "p"; },
             "ProviderNotFound", "p"},
        flaw{"provider_object_store",
             [](preflight_case& c) {
               c.backup.spec.provider_ref = "p";
               c.facts.provider.emplace();
               c.facts.provider->spec.type = crds::provider_type::object_store;
             },
             "ProviderNotSupported", "ObjectStore"},
        flaw{"provider_preset_without_hooks",
             [](preflight_case& c) { c = with_provider_of("mongodb"); }, "ProviderNotSupported",
             "docs/hooks.md"},
        flaw{"provider_preset_unknown",
             [](preflight_case& c) { c = with_provider_of("oracle"); }, "ProviderNotSupported",
             "\"oracle\"; write mysql"},
        flaw{"provider_container_unknown",
             [](preflight_case& c) {
               c = with_provider_of("fsfreeze");
               c.facts.pods[0].metadata.annotations.clear();
               c.facts.provider->spec.hooks_container = "db";
             },
             "ContainerUnknown", "provider is \"db\""},
        flaw{"preset_unknown",
             [](preflight_case& c) {
               c.facts.pods[0].metadata.annotations["backups.example.com.hook-preset"] = "oracle";
             },
             "InvalidHooks", "\"oracle\"; write mysql"},
        flaw{"too_many_claims", [](preflight_case& c) { c.limits.most_claims = 0; },
             "TooManyClaims", "mysql"},
        flaw{"too_many_pods", [](preflight_case& c) { c.limits.most_pods = 0; }, "TooManyPods",
             "1 pods"},
        flaw{"unreadable",
             [](preflight_case& c) {
               c.facts.read_errors.push_back({.code = k8s::errc::timeout,
                                              .attempted = "GET /x",
                                              .detail = "no answer",
                                              .reason = {},
                                              .retry_after = {}});
             },
             "ReadFailed", "no answer"},
        flaw{"read_forbidden",
             [](preflight_case& c) {
               c.facts.read_errors.push_back({.code = k8s::errc::forbidden,
                                              .attempted = "GET /x",
                                              .detail = "pods is forbidden",
                                              .reason = {},
                                              .retry_after = {}});
             },
             "PermissionMissing", "pods is forbidden"}),
    [](const auto& tested) { return tested.param.name; });

TEST(preflight, the_right_to_exec_is_only_needed_for_hooks) {
  preflight_case given;
  given.facts.denied = {{"get", "", "pods", "exec", "shop"}};
  given.facts.pods[0].metadata.annotations.clear();
  EXPECT_TRUE(plan_of(given).pods.empty());
}

TEST(preflight, of_the_pods_that_ask_for_one_the_first_by_name_is_frozen) {
  preflight_case given;
  for (const auto* name : {"mysql-2", "mysql-1"}) {
    given.facts.pods.push_back(preflight_case::pod(name, "data"));
    given.facts.pods.back().metadata.annotations = given.facts.pods[0].metadata.annotations;
  }
  EXPECT_EQ(plan_of(given).pods.size(), 3U);
  for (auto& pod : given.facts.pods)
    if (pod.metadata.name != "mysql-0")
      pod.metadata.annotations["backups.example.com.hook-pods"] = "one";
  const auto plan = plan_of(given);
  ASSERT_EQ(plan.pods.size(), 2U) << "that of `all`, and one of the others";
  EXPECT_EQ(plan.pods[0].name, "mysql-0");
  EXPECT_EQ(plan.pods[1].name, "mysql-1");
  EXPECT_TRUE(plan.unhooked_pods.empty()) << "they declare that one stops all";
}

TEST(preflight, hooks_without_a_shell_are_warned_about) {
  preflight_case given;
  auto& annotations = given.facts.pods[0].metadata.annotations;
  annotations["backups.example.com.pre-hook"] = R"(["/freeze"])";
  annotations["backups.example.com.post-hook"] = R"(["/thaw"])";
  const auto plan = plan_of(given);
  ASSERT_EQ(plan.pods.size(), 1U);
  EXPECT_EQ(plan.pods[0].hooks.mode, freeze_session::hook_mode::exec);
  ASSERT_EQ(plan.warnings.size(), 1U);
  EXPECT_NE(plan.warnings[0].find("without a shell"), std::string::npos);
}

TEST(preflight, a_claim_is_backed_up_without_any_pod) {
  preflight_case given;
  given.backup.spec.application_ref = "persistentvolumeclaim/data";
  given.facts.workloads.clear();
  given.facts.pods.clear();
  EXPECT_EQ(plan_of(given).claims.size(), 1U);
}

} // namespace
