#include "crds/volume_restore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crds {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

json restore_with(json spec, json status = nullptr) {
  json object{{"apiVersion", "backups.example.com/v1alpha1"},
              {"kind", "VolumeRestore"},
              {"metadata", {{"name", "back"}, {"namespace", "shop"}, {"uid", "u1"}}},
              {"spec", std::move(spec)}};
  if (!status.is_null())
    object["status"] = std::move(status);
  return object;
}

json from_backup(json patch = json::object()) {
  json spec{{"applicationRef", "mysql"}, {"source", {{"backupName", "nightly"}}}};
  spec.merge_patch(patch);
  return spec;
}

json from_snapshot(json claims) {
  return {{"applicationRef", "mysql"},
          {"source", {{"volumeSnapshotName", "monday"}}},
          {"claims", std::move(claims)}};
}

volume_restore decoded(const json& object) {
  auto restore = volume_restore::decode(object);
  EXPECT_TRUE(restore) << k8s::to_string(restore.error());
  return restore ? std::move(*restore) : volume_restore{};
}

/// The only problem of a spec.
std::string problem_of(const json& spec) {
  const auto problems = decoded(restore_with(spec)).spec_problems;
  EXPECT_THAT(problems, SizeIs(1)) << spec;
  return problems.empty() ? std::string{} : problems.front();
}

TEST(volume_restore, has_defaults_for_all_that_a_spec_leaves_out) {
  const auto restore = decoded(restore_with(from_backup()));
  EXPECT_EQ(restore.metadata.name, "back");
  EXPECT_EQ(restore.spec.application_ref, "mysql");
  EXPECT_EQ(restore.spec.backup_name, "nightly");
  EXPECT_EQ(restore.spec.volume_snapshot_name, "");
  EXPECT_THAT(restore.spec.claims, IsEmpty());
  EXPECT_EQ(restore.spec.strategy, restore_strategy::automatic);
  EXPECT_EQ(restore.spec.storage_class_name, "");
  EXPECT_EQ(restore.spec.old_claim_policy, old_claim_policy::retain);
  EXPECT_EQ(restore.spec.rollback, rollback_policy::automatic);
  EXPECT_EQ(restore.spec.timeouts, (restore_timeouts{10min, 10min, 1h}));
  EXPECT_FALSE(restore.spec.cancel);
  EXPECT_THAT(restore.spec_problems, IsEmpty());
  EXPECT_EQ(restore.status.phase, restore_phase::none);
}

TEST(volume_restore, reads_every_field_of_a_spec) {
  const auto restore = decoded(restore_with(json::parse(R"({
    "applicationRef": "statefulset/db", "source": {"volumeSnapshotName": "monday"}, "claims": ["data-db-0"],
    "strategy": "ReplaceClaim", "storageClassName": "promoter", "oldClaimPolicy": "Delete", "rollback": "Never",
    "timeouts": {"provision": "500ms", "rollout": "1h30m", "total": "7d"}, "cancel": true})")));
  EXPECT_EQ(restore.spec.application_ref, "statefulset/db");
  EXPECT_EQ(restore.spec.backup_name, "");
  EXPECT_EQ(restore.spec.volume_snapshot_name, "monday");
  EXPECT_THAT(restore.spec.claims, ElementsAre("data-db-0"));
  EXPECT_EQ(restore.spec.strategy, restore_strategy::replace_claim);
  EXPECT_EQ(restore.spec.storage_class_name, "promoter");
  EXPECT_EQ(restore.spec.old_claim_policy, old_claim_policy::remove);
  EXPECT_EQ(restore.spec.rollback, rollback_policy::never);
  EXPECT_EQ(restore.spec.timeouts, (restore_timeouts{500ms, 90min, std::chrono::days{7}}));
  EXPECT_TRUE(restore.spec.cancel);
  EXPECT_THAT(restore.spec_problems, IsEmpty());
}

TEST(volume_restore, says_which_field_makes_no_sense_what_it_holds_and_what_to_write) {
  EXPECT_EQ(problem_of(from_backup({{"strategy", "Swap"}})),
            R"(spec.strategy: "Swap" is not known; write Auto, SwitchClaim or ReplaceClaim)");
  EXPECT_EQ(problem_of(from_backup({{"oldClaimPolicy", "retain"}})),
            R"(spec.oldClaimPolicy: "retain" is not known; write Retain or Delete)");
  EXPECT_EQ(problem_of(from_backup({{"rollback", ""}})),
            R"(spec.rollback: "" is not known; write Auto or Never)");
  EXPECT_THAT(problem_of(from_backup({{"timeouts", {{"provision", "abc"}}}})),
              HasSubstr(R"(spec.timeouts.provision: "abc" is no duration; write numbers)"));
  EXPECT_THAT(problem_of(from_backup({{"timeouts", {{"total", "0s"}}}})),
              HasSubstr(R"(spec.timeouts.total: "0s" leaves no time)"));
  EXPECT_THAT(problem_of(from_backup({{"applicationRef", nullptr}})),
              HasSubstr("spec.applicationRef: \"\" names nothing"));
}

TEST(volume_restore, has_one_source) {
  EXPECT_EQ(problem_of({{"applicationRef", "mysql"}}),
            R"(spec.source: "" names nothing; write backupName or volumeSnapshotName)");
  EXPECT_EQ(
      problem_of(from_backup({{"source", {{"volumeSnapshotName", "monday"}}}, {"claims", {"d"}}})),
      "spec.source: \"nightly, monday\" is a backup and a snapshot; write one of backupName and "
      "volumeSnapshotName");
}

TEST(volume_restore, gives_a_single_snapshot_to_a_single_claim) {
  EXPECT_THAT(decoded(restore_with(from_snapshot({"data"}))).spec_problems, IsEmpty());
  EXPECT_EQ(problem_of(from_snapshot(nullptr)),
            "spec.claims: \"\" is not one claim; write the one that source.volumeSnapshotName is "
            "restored to");
  EXPECT_THAT(problem_of(from_snapshot({"data", "log"})),
              HasSubstr("spec.claims: \"data, log\" is not one claim"));
}

TEST(volume_restore, lists_all_problems_of_a_spec) {
  EXPECT_THAT(
      decoded(restore_with({{"strategy", "X"}, {"timeouts", {{"total", "soon"}}}})).spec_problems,
      SizeIs(4));
}

TEST(volume_restore, refuses_what_no_server_would_send) {
  for (const auto& object :
       {json(7), restore_with("text"), restore_with(from_backup({{"applicationRef", 7}})),
        restore_with(from_backup({{"source", "nightly"}})),
        restore_with(from_backup({{"claims", "data"}})),
        restore_with(from_backup({{"cancel", "yes"}})),
        restore_with(from_backup(), {{"startTime", "noon"}}),
        restore_with(from_backup(), {{"workload", {{"replicas", "one"}}}}),
        restore_with(from_backup(), {{"claims", {{{"bindsLate", "no"}}}}})}) {
    const auto restore = volume_restore::decode(object);
    ASSERT_FALSE(restore) << object;
    EXPECT_EQ(restore.error().code, k8s::errc::protocol) << object;
  }
}

TEST(volume_restore, does_not_take_a_word_that_it_does_not_know_for_a_new_restore) {
  for (const auto* field : {"phase", "strategy"}) {
    const auto restore = volume_restore::decode(restore_with(from_backup(), {{field, "Thinking"}}));
    ASSERT_FALSE(restore);
    EXPECT_THAT(restore.error().detail,
                HasSubstr("status." + std::string{field} + ": \"Thinking\" is not known"));
  }
}

TEST(volume_restore, does_not_take_a_timeout_that_it_cannot_read_for_the_usual_one) {
  EXPECT_FALSE(volume_restore::decode(
      restore_with(from_backup(), {{"timeouts", {{"rollout", "a while"}}}})));
}

TEST(volume_restore, is_final_when_completed_rolled_back_failed_or_cancelled) {
  for (const auto phase : {restore_phase::completed, restore_phase::rolled_back,
                           restore_phase::failed, restore_phase::cancelled})
    EXPECT_TRUE(is_final(phase)) << to_string(phase);
  for (const auto phase :
       {restore_phase::none, restore_phase::pending, restore_phase::provisioning,
        restore_phase::switching, restore_phase::rolling_out, restore_phase::rolling_back})
    EXPECT_FALSE(is_final(phase)) << to_string(phase);
}

} // namespace
} // namespace crds
