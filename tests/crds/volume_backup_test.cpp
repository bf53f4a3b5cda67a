#include "crds/volume_backup.hpp"

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

const k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};

json backup_with(json spec, json status = nullptr) {
  json object{
      {"apiVersion", "backups.example.com/v1alpha1"},
      {"kind", "VolumeBackup"},
      {"metadata", {{"name", "nightly"}, {"namespace", "shop"}, {"uid", "u1"}, {"generation", 2}}},
      {"spec", std::move(spec)}};
  if (!status.is_null())
    object["status"] = std::move(status);
  return object;
}

volume_backup decoded(const json& object) {
  auto backup = volume_backup::decode(object);
  EXPECT_TRUE(backup) << k8s::to_string(backup.error());
  return backup ? std::move(*backup) : volume_backup{};
}

/// The only problem of a spec with one senseless field.
std::string problem_with(const json& patch) {
  json spec{{"applicationRef", "mysql"}};
  spec.merge_patch(patch);
  const auto problems = decoded(backup_with(spec)).spec_problems;
  EXPECT_EQ(problems.size(), 1U) << patch;
  return problems.empty() ? std::string{} : problems.front();
}

TEST(volume_backup, has_defaults_for_all_that_a_spec_leaves_out) {
  const auto backup = decoded(backup_with({{"applicationRef", "mysql"}}));
  EXPECT_EQ(backup.metadata.name, "nightly");
  EXPECT_EQ(backup.spec.application_ref, "mysql");
  EXPECT_THAT(backup.spec.claims, IsEmpty());
  EXPECT_EQ(backup.spec.snapshot_mode, snapshot_mode::automatic);
  EXPECT_EQ(backup.spec.hooks.policy, hooks_policy::if_present);
  EXPECT_EQ(backup.spec.hooks.on_failure, on_hook_failure::fail);
  EXPECT_TRUE(backup.spec.hooks.record_output);
  EXPECT_EQ(backup.spec.timeouts, (backup_timeouts{30s, 60s, 30s, 1h, 24h}));
  EXPECT_EQ(backup.spec.deletion_policy, deletion_policy::remove);
  EXPECT_EQ(backup.spec.expires_after, std::nullopt);
  EXPECT_FALSE(backup.spec.pinned || backup.spec.cancel || backup.spec.dry_run);
  EXPECT_THAT(backup.spec_problems, IsEmpty());
  EXPECT_EQ(backup.status.phase, backup_phase::none);
}

TEST(volume_backup, reads_every_field_of_a_spec) {
  const auto backup = decoded(backup_with(json::parse(R"({
    "applicationRef": "statefulset/db", "claims": ["a", "b"], "providerRef": "s3", "snapshotClassName": "fast",
    "snapshotMode": "Group",
    "hooks": {"policy": "Required", "onFailure": "CrashConsistent", "recordOutput": false},
    "timeouts": {"freeze": "500ms", "maxFreeze": "10s", "thaw": "5s", "ready": "1h30m", "total": "7d"},
    "deletionPolicy": "Retain", "expiresAfter": "30d", "pinned": true, "cancel": true, "dryRun": true})")));
  EXPECT_EQ(backup.spec.application_ref, "statefulset/db");
  EXPECT_THAT(backup.spec.claims, ElementsAre("a", "b"));
  EXPECT_EQ(backup.spec.provider_ref, "s3");
  EXPECT_EQ(backup.spec.snapshot_class_name, "fast");
  EXPECT_EQ(backup.spec.snapshot_mode, snapshot_mode::group);
  EXPECT_EQ(backup.spec.hooks.policy, hooks_policy::required);
  EXPECT_EQ(backup.spec.hooks.on_failure, on_hook_failure::crash_consistent);
  EXPECT_FALSE(backup.spec.hooks.record_output);
  EXPECT_EQ(backup.spec.timeouts, (backup_timeouts{500ms, 10s, 5s, 90min, std::chrono::days{7}}));
  EXPECT_EQ(backup.spec.deletion_policy, deletion_policy::retain);
  EXPECT_EQ(backup.spec.expires_after, std::chrono::days{30});
  EXPECT_TRUE(backup.spec.pinned && backup.spec.cancel && backup.spec.dry_run);
  EXPECT_THAT(backup.spec_problems, IsEmpty());
}

TEST(volume_backup, says_which_field_makes_no_sense_what_it_holds_and_what_to_write) {
  EXPECT_EQ(problem_with({{"snapshotMode", "Grouped"}}),
            R"(spec.snapshotMode: "Grouped" is not known; write Auto, Individual or Group)");
  EXPECT_EQ(problem_with({{"hooks", {{"policy", "Always"}}}}),
            R"(spec.hooks.policy: "Always" is not known; write Required, IfPresent or Skip)");
  EXPECT_EQ(problem_with({{"hooks", {{"onFailure", ""}}}}),
            R"(spec.hooks.onFailure: "" is not known; write Fail or CrashConsistent)");
  EXPECT_EQ(problem_with({{"deletionPolicy", "delete"}}),
            R"(spec.deletionPolicy: "delete" is not known; write Delete or Retain)");
  EXPECT_THAT(problem_with({{"timeouts", {{"freeze", "abc"}}}}),
              HasSubstr(R"(spec.timeouts.freeze: "abc" is no duration; write numbers with units)"));
  EXPECT_THAT(problem_with({{"timeouts", {{"total", "0s"}}}}),
              HasSubstr(R"(spec.timeouts.total: "0s" leaves no time)"));
  EXPECT_THAT(problem_with({{"expiresAfter", "1y"}}),
              HasSubstr(R"(spec.expiresAfter: "1y" is no duration)"));
  EXPECT_THAT(problem_with({{"applicationRef", nullptr}}),
              HasSubstr("spec.applicationRef: \"\" names nothing"));
}

TEST(volume_backup, lists_all_problems_of_a_spec) {
  const auto backup
      = decoded(backup_with(json::parse(R"({"applicationRef": "a", "snapshotMode": "X",
    "timeouts": {"freeze": "soon", "thaw": "later"}})")));
  EXPECT_EQ(backup.spec_problems.size(), 3U);
}

TEST(volume_backup, refuses_what_no_server_would_send) {
  for (const auto& object :
       {json(7), backup_with("text"), backup_with({{"applicationRef", 7}}),
        backup_with({{"applicationRef", "a"}, {"claims", "b"}}),
        backup_with({{"applicationRef", "a"}, {"pinned", "yes"}}),
        backup_with({{"applicationRef", "a"}}, {{"startTime", "noon"}}),
        backup_with({{"applicationRef", "a"}}, {{"pods", {{{"restartCount", "one"}}}}})}) {
    const auto backup = volume_backup::decode(object);
    ASSERT_FALSE(backup) << object;
    EXPECT_EQ(backup.error().code, k8s::errc::protocol) << object;
  }
}

TEST(volume_backup, does_not_take_a_phase_that_it_does_not_know_for_a_new_backup) {
  const auto backup
      = volume_backup::decode(backup_with({{"applicationRef", "a"}}, {{"phase", "Thinking"}}));
  ASSERT_FALSE(backup);
  EXPECT_THAT(backup.error().detail, HasSubstr("status.phase: \"Thinking\" is not known"));
}

TEST(volume_backup, is_final_when_completed_failed_or_cancelled) {
  for (const auto phase : {backup_phase::completed, backup_phase::failed, backup_phase::cancelled})
    EXPECT_TRUE(is_final(phase)) << to_string(phase);
  for (const auto phase :
       {backup_phase::none, backup_phase::pending, backup_phase::queued, backup_phase::freezing,
        backup_phase::snapshotting, backup_phase::thawing, backup_phase::uploading})
    EXPECT_FALSE(is_final(phase)) << to_string(phase);
}

} // namespace
} // namespace crds
