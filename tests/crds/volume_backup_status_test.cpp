#include "crds/volume_backup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crds {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const k8s::timestamp noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 2} + 12h};

volume_backup_status read_back(const json& status) {
  const auto backup
      = volume_backup::decode({{"metadata", {{"name", "nightly"}, {"namespace", "shop"}}},
                               {"spec", {{"applicationRef", "mysql"}}},
                               {"status", status}});
  EXPECT_TRUE(backup) << k8s::to_string(backup.error());
  return backup->status;
}

volume_backup_status full_status() {
  volume_backup_status status;
  status.phase = backup_phase::completed;
  status.consistency = consistency::application;
  status.reason = "Completed";
  status.message = "2 snapshots";
  status.observed_generation = 3;
  status.start_time = noon;
  status.frozen_at = noon + 100ms;
  status.cut_at = noon + 200ms;
  status.thawed_at = noon + 300ms;
  status.ready_at = noon + 1h;
  status.completion_time = noon + 1h + 1us;
  status.freeze_milliseconds = 200;
  status.attempts = 2;
  status.application = application_status{"Deployment", "mysql", "u-d"};
  pod_status pod;
  pod.name = "mysql-0";
  pod.uid = "u-p";
  pod.container = "db";
  pod.restart_count = 1;
  pod.hook.mode = "session";
  pod.hook.state = "Thawed";
  pod.hook.exit_code = 0;
  pod.hook.frozen_at = noon + 100ms;
  pod.hook.thawed_at = noon + 300ms;
  status.pods = {pod};
  snapshot_status snapshot;
  snapshot.claim = "mysql";
  snapshot.claim_uid = "u-c";
  snapshot.volume_snapshot_name = "nightly-mysql";
  snapshot.content_name = "snapcontent-1";
  snapshot.snapshot_handle = "h1";
  snapshot.driver = "hostpath.csi.k8s.io";
  snapshot.class_name = "fast";
  snapshot.creation_time = noon + 150ms;
  snapshot.ready_to_use = true;
  snapshot.restore_size = "1Gi";
  status.volume_group_snapshot_name = "nightly-group";
  status.snapshots = {snapshot};
  status.timeouts = backup_timeouts{};
  status.snapshots_ready = "1/1";
  return status;
}

TEST(volume_backup_status, is_written_under_the_names_of_the_api) {
  EXPECT_EQ(encode(full_status()), json::parse(R"({
    "phase": "Completed", "consistency": "Application", "reason": "Completed", "message": "2 snapshots",
    "observedGeneration": 3,
    "startTime": "2026-01-02T12:00:00.000000Z", "frozenAt": "2026-01-02T12:00:00.100000Z",
    "cutAt": "2026-01-02T12:00:00.200000Z", "thawedAt": "2026-01-02T12:00:00.300000Z",
    "readyAt": "2026-01-02T13:00:00.000000Z", "completionTime": "2026-01-02T13:00:00.000001Z",
    "freezeMilliseconds": 200, "attempts": 2,
    "application": {"kind": "Deployment", "name": "mysql", "uid": "u-d"},
    "pods": [{"name": "mysql-0", "uid": "u-p", "container": "db", "restartCount": 1,
              "hook": {"mode": "session", "state": "Thawed", "exitCode": 0,
                       "frozenAt": "2026-01-02T12:00:00.100000Z", "thawedAt": "2026-01-02T12:00:00.300000Z"}}],
    "volumeGroupSnapshotName": "nightly-group",
    "snapshots": [{"claim": "mysql", "claimUID": "u-c", "volumeSnapshotName": "nightly-mysql",
                   "contentName": "snapcontent-1", "snapshotHandle": "h1", "driver": "hostpath.csi.k8s.io",
                   "className": "fast", "creationTime": "2026-01-02T12:00:00.150000Z", "readyToUse": true,
                   "restoreSize": "1Gi"}],
    "timeouts": {"freeze": "30s", "maxFreeze": "1m", "thaw": "30s", "ready": "1h", "total": "1d"},
    "conditions": null, "snapshotsReady": "1/1"})"));
}

TEST(volume_backup_status, survives_writing_and_reading) {
  auto status = full_status();
  condition succeeded;
  succeeded.type = backup_condition::succeeded;
  succeeded.status = condition_status::is_true;
  succeeded.reason = "Completed";
  succeeded.last_transition_time = noon;
  status.conditions = {succeeded};
  status.pods[0].hook.output = "some output";
  const auto again = read_back(encode(status));
  EXPECT_EQ(encode(again), encode(status));
  EXPECT_EQ(again.phase, backup_phase::completed);
  EXPECT_EQ(again.completion_time, status.completion_time);
  EXPECT_EQ(again.timeouts, status.timeouts);
  EXPECT_EQ(again.conditions, status.conditions);
  EXPECT_EQ(again.pods.at(0).hook.exit_code, 0);
  EXPECT_EQ(again.snapshots.at(0).creation_time, status.snapshots[0].creation_time);
}

TEST(volume_backup_status, removes_by_null_what_an_earlier_write_left) {
  auto object = encode(full_status());
  object.merge_patch(encode(volume_backup_status{}));
  EXPECT_EQ(object, json::parse(R"({"observedGeneration": 0})"));
}

TEST(volume_backup_status, has_no_nulls_inside_lists_where_a_merge_patch_would_keep_them) {
  volume_backup_status status;
  status.pods.resize(1);
  status.snapshots.resize(1);
  const auto written = encode(status);
  EXPECT_EQ(written["pods"], json::parse(R"([{"restartCount": 0}])"));
  EXPECT_EQ(written["snapshots"], json::parse(R"([{"readyToUse": false}])"));
}

TEST(volume_backup_status, writes_every_phase_and_verdict_so_that_it_reads_them_back) {
  for (const auto phase :
       {backup_phase::none, backup_phase::pending, backup_phase::queued, backup_phase::freezing,
        backup_phase::snapshotting, backup_phase::thawing, backup_phase::uploading,
        backup_phase::completed, backup_phase::failed, backup_phase::cancelled}) {
    volume_backup_status status;
    status.phase = phase;
    EXPECT_EQ(read_back(encode(status)).phase, phase);
  }
  for (const auto verdict : {consistency::application, consistency::crash, consistency::unknown}) {
    volume_backup_status status;
    status.consistency = verdict;
    EXPECT_EQ(read_back(encode(status)).consistency, verdict);
  }
}

TEST(volume_backup_status, keeps_the_last_kib_of_hook_output) {
  volume_backup_status status;
  status.pods.resize(1);
  status.pods[0].hook.output = std::string(64 * 1024, 'x') + "the end";
  const auto output = encode(status)["pods"][0]["hook"]["output"].get<std::string>();
  EXPECT_EQ(output.size(), 1024U);
  EXPECT_TRUE(output.ends_with("xthe end"));
}

TEST(volume_backup_status, cuts_hook_output_between_characters) {
  volume_backup_status status;
  status.pods.resize(1);
  for (int count = 0; count < 1000; ++count)
    status.pods[0].hook.output += "\u20ac"; // three bytes: 1024 is no multiple
  const auto output = encode(status)["pods"][0]["hook"]["output"].get<std::string>();
  EXPECT_EQ(output.size(), 1023U);
}

TEST(volume_backup_status, replaces_bytes_that_are_no_text) {
  volume_backup_status status;
  status.pods.resize(1);
  status.pods[0].hook.output = "a\xff\xfe";
  status.message = "\xc3";
  const auto written = encode(status);
  EXPECT_EQ(written["pods"][0]["hook"]["output"], "a\ufffd\ufffd");
  EXPECT_EQ(written["message"], "\ufffd");
  EXPECT_NO_THROW(written.dump());
}

volume_backup_status status_of_200_pods(const std::string& output) {
  auto status = full_status();
  status.pods.assign(200, status.pods[0]);
  status.snapshots.assign(200, status.snapshots[0]);
  for (auto& pod : status.pods)
    pod.hook.output = output;
  return status;
}

TEST(volume_backup_status, shrinks_hook_output_first_to_stay_below_256_kib) {
  const auto written = encode(status_of_200_pods(std::string(64 * 1024, 'x') + "the end"));
  EXPECT_LE(written.dump().size(), 256U * 1024);
  ASSERT_EQ(written["pods"].size(), 200U);
  EXPECT_THAT(written["pods"][199]["hook"]["output"].get<std::string>(),
              testing::EndsWith("the end"));
  EXPECT_EQ(written["snapshots"][199]["contentName"], "snapcontent-1");
}

TEST(volume_backup_status, stays_below_256_kib_where_json_writes_one_byte_as_six) {
  const auto written = encode(status_of_200_pods(std::string(64 * 1024, '\x01')));
  EXPECT_LE(written.dump().size(), 256U * 1024);
  EXPECT_FALSE(written["pods"][0]["hook"]["output"].get<std::string>().empty());
}

TEST(volume_backup_status, stays_below_256_kib_with_the_longest_of_names_and_messages) {
  auto status = status_of_200_pods(std::string(1024, 'x'));
  status.message = std::string(300 * 1024, 'm');
  for (auto& pod : status.pods) {
    pod.name = std::string(63, 'p');
    pod.container = std::string(63, 'c');
  }
  for (auto& snapshot : status.snapshots) {
    snapshot.claim = snapshot.volume_snapshot_name = snapshot.content_name = snapshot.class_name
        = std::string(253, 'n');
    snapshot.snapshot_handle = std::string(1024, 'h');
    snapshot.error = std::string(4096, 'e');
  }
  const auto written = encode(status);
  EXPECT_LE(written.dump().size(), 256U * 1024);
  EXPECT_EQ(written["snapshots"][199]["claim"], std::string(253, 'n'));
  EXPECT_EQ(written["phase"], "Completed");
}

} // namespace
} // namespace crds
