#include "crds/volume_restore.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crds {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::SizeIs;

const k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};
constexpr std::size_t limit = 256 * 1024;

volume_restore_status read_back(const json& status) {
  const auto restore = volume_restore::decode(
      {{"metadata", {{"name", "back"}, {"namespace", "shop"}}},
       {"spec", {{"applicationRef", "mysql"}, {"source", {{"backupName", "nightly"}}}}},
       {"status", status}});
  EXPECT_TRUE(restore) << k8s::to_string(restore.error());
  return restore->status;
}

restore_claim_status full_claim() {
  return {.claim = "data-db-0",
          .volume_name = "data",
          .old_uid = "u-o",
          .old_volume = "pvc-1",
          .old_reclaim_policy = "Delete",
          .kept_claim = "data-db-0-kept",
          .temporary_claim = "data-db-0-next",
          .new_claim = "data-db-0",
          .new_uid = "u-n",
          .new_volume = "pvc-2",
          .new_reclaim_policy = "Retain",
          .snapshot = "nightly-data",
          .storage_class_name = "fast",
          .size = "1Gi",
          .binds_late = true,
          .state = "Exchanged"};
}

volume_restore_status full_status() {
  volume_restore_status status;
  status.phase = restore_phase::rolled_back;
  status.reason = "RolloutTimedOut";
  status.message = "no pod became ready";
  status.observed_generation = 3;
  status.start_time = noon;
  status.completion_time = noon + 1h + 1us;
  status.strategy = restore_strategy::replace_claim;
  status.workload = restored_workload{"StatefulSet", "db", "u-s", 3, "1f2e"};
  status.claims = {full_claim()};
  status.timeouts = restore_timeouts{};
  condition succeeded;
  succeeded.type = restore_condition::succeeded;
  succeeded.status = condition_status::is_false;
  succeeded.reason = "RolledBack";
  succeeded.last_transition_time = noon;
  status.conditions = {succeeded};
  return status;
}

/// As the server holds it after a merge patch on an object without a status.
json stored(const volume_restore_status& status) {
  auto object = json::object();
  object.merge_patch(encode(status));
  return object;
}

TEST(volume_restore_status, is_written_under_the_names_of_the_api) {
  auto written = encode(full_status());
  EXPECT_THAT(written["conditions"], SizeIs(1));
  written.erase("conditions");
  EXPECT_EQ(written, json::parse(R"({
    "phase": "RolledBack", "reason": "RolloutTimedOut", "message": "no pod became ready", "observedGeneration": 3,
    "startTime": "2026-01-02T12:00:00.000000Z", "completionTime": "2026-01-02T13:00:00.000001Z",
    "strategy": "ReplaceClaim",
    "workload": {"kind": "StatefulSet", "name": "db", "uid": "u-s", "replicas": 3, "templateDigest": "1f2e"},
    "claims": [{"claim": "data-db-0", "volumeName": "data", "oldUID": "u-o", "oldVolume": "pvc-1",
                "oldReclaimPolicy": "Delete", "keptClaim": "data-db-0-kept", "temporaryClaim": "data-db-0-next",
                "newClaim": "data-db-0", "newUID": "u-n", "newVolume": "pvc-2", "newReclaimPolicy": "Retain",
                "snapshot": "nightly-data", "storageClassName": "fast", "size": "1Gi", "bindsLate": true,
                "state": "Exchanged"}],
    "timeouts": {"provision": "10m", "rollout": "10m", "total": "1h"}})"));
}

TEST(volume_restore_status, survives_writing_and_reading) {
  const auto status = full_status();
  const auto again = read_back(stored(status));
  EXPECT_EQ(encode(again), encode(status));
  EXPECT_EQ(again.phase, status.phase);
  EXPECT_EQ(again.strategy, status.strategy);
  EXPECT_EQ(again.start_time, status.start_time);
  EXPECT_EQ(again.completion_time, status.completion_time);
  EXPECT_EQ(again.workload, status.workload);
  EXPECT_EQ(again.claims, status.claims);
  EXPECT_EQ(again.timeouts, status.timeouts);
  EXPECT_EQ(again.conditions, status.conditions);
}

TEST(volume_restore_status, tells_a_daemon_set_from_a_workload_of_zero_replicas) {
  for (const auto replicas : {std::optional<std::int32_t>{}, std::optional<std::int32_t>{0}}) {
    auto status = full_status();
    status.workload->replicas = replicas;
    EXPECT_EQ(read_back(stored(status)).workload->replicas, replicas);
  }
}

TEST(volume_restore_status, removes_by_null_what_an_earlier_write_left) {
  auto object = encode(full_status());
  object.merge_patch(encode(volume_restore_status{}));
  EXPECT_EQ(object, json::parse(R"({"observedGeneration": 0})"));
}

TEST(volume_restore_status, removes_by_null_the_replicas_that_an_earlier_write_left) {
  auto object = stored(full_status());
  auto status = full_status();
  status.workload->replicas = std::nullopt;
  object.merge_patch(encode(status));
  EXPECT_FALSE(object["workload"].contains("replicas"));
}

TEST(volume_restore_status, has_no_nulls_inside_lists_where_a_merge_patch_would_keep_them) {
  volume_restore_status status;
  status.claims.resize(1);
  EXPECT_EQ(encode(status)["claims"], json::parse(R"([{"bindsLate": false}])"));
}

TEST(volume_restore_status, writes_every_phase_and_strategy_so_that_it_reads_them_back) {
  for (const auto phase :
       {restore_phase::none, restore_phase::pending, restore_phase::provisioning,
        restore_phase::switching, restore_phase::rolling_out, restore_phase::completed,
        restore_phase::rolling_back, restore_phase::rolled_back, restore_phase::failed,
        restore_phase::cancelled}) {
    volume_restore_status status;
    status.phase = phase;
    EXPECT_EQ(read_back(encode(status)).phase, phase);
  }
  for (const auto strategy : {restore_strategy::automatic, restore_strategy::switch_claim,
                              restore_strategy::replace_claim}) {
    volume_restore_status status;
    status.strategy = strategy;
    EXPECT_EQ(read_back(encode(status)).strategy, strategy);
  }
}

TEST(volume_restore_status, keeps_the_first_4_kib_of_a_message) {
  auto status = full_status();
  status.message = status.conditions[0].message = "a" + std::string(64 * 1024, 'x');
  const auto written = encode(status);
  EXPECT_EQ(written["message"], status.message.substr(0, 4096));
  EXPECT_EQ(written["conditions"][0]["message"], status.message.substr(0, 4096));
}

TEST(volume_restore_status, cuts_messages_between_characters_and_replaces_what_is_no_text) {
  auto status = full_status();
  status.message.clear();
  for (int count = 0; count < 3000; ++count)
    status.message += "\u20ac\xff"; // three bytes, and one that becomes three
  status.conditions[0].message = "a\xff\xfe";
  const auto written = encode(status);
  EXPECT_EQ(written["message"].get<std::string>().size(), 4095U);
  EXPECT_TRUE(written["message"].get<std::string>().ends_with("\u20ac\ufffd\u20ac"));
  EXPECT_EQ(written["conditions"][0]["message"], "a\ufffd\ufffd");
  EXPECT_NO_THROW(written.dump());
}

/// As many claims, each with names of that length.
volume_restore_status status_of_claims(std::size_t count, std::size_t length) {
  const std::string name(length, 'n'), uid(36, 'u'), volume(40, 'v');
  auto claim = full_claim();
  claim.claim = claim.kept_claim = claim.temporary_claim = claim.new_claim = claim.snapshot = name;
  claim.storage_class_name = name;
  claim.old_uid = claim.new_uid = uid;
  claim.old_volume = claim.new_volume = volume;
  claim.volume_name = std::string(63, 'n');
  auto status = full_status();
  status.claims.assign(count, claim);
  status.message = status.conditions[0].message = std::string(300 * 1024, '\x01');
  return status;
}

TEST(volume_restore_status, stays_below_256_kib_and_keeps_all_that_a_rollback_needs) {
  for (const auto& [count, length] : {std::pair{200U, 63U}, std::pair{80U, 253U}}) {
    const auto status = status_of_claims(count, length);
    const auto written = encode(status);
    EXPECT_LE(written.dump().size(), limit);
    EXPECT_EQ(read_back(written).claims, status.claims);
    EXPECT_EQ(read_back(written).workload, status.workload);
  }
}

TEST(volume_restore_status, gives_up_messages_but_no_claim_when_both_are_too_long) {
  const auto status = status_of_claims(200, 253);
  const auto written = encode(status);
  EXPECT_TRUE(written["message"].is_null());
  EXPECT_EQ(read_back(written).claims, status.claims);
}

} // namespace
} // namespace crds
