#include "tests/scenarios/cluster_scenario.hpp"

#include <csignal>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

json with(json annotations, const char* name, const char* text) {
  annotations[std::string{"backups.example.com."} + name] = text;
  return annotations;
}

class failures : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  /// A storage system that never cuts in time.
  application slow_to_cut() {
    return {.annotations = recorded_hooks(), .claim_annotations = {{"kubesim/cut-latency", "90s"}}};
  }

  void expect_thawed_without_snapshot(const std::string& backup) {
    EXPECT_TRUE(await([this] { return !is_frozen(); }));
    EXPECT_GE(hook_runs("post"), 1U);
    EXPECT_TRUE(await([this] { return snapshots_kept() == 0; })) << backup;
  }

  /// Those that nobody has deleted; one that is deleted goes for good when the driver has ended its
  /// cut.
  int snapshots_kept() {
    int kept = 0;
    const auto list = cluster().must(k8s::list_request(kinds::snapshot, name_space_, {}));
    for (const auto& one : list.at("items"))
      kept += one.at("metadata").contains("deletionTimestamp") ? 0 : 1;
    return kept;
  }
};

TEST_F(failures, a_failed_pre_hook_is_told_with_its_output_and_undone) {
  given_application({.annotations = with(recorded_hooks(), "pre-hook",
                                         "touch /data/frozen.half; echo no space left; exit 7")});
  // The recorded post-hook removes the file of its own pod only.
  auto backup_spec = json{{"timeouts", {{"maxFreeze", "30s"}}}};
  back_up("nightly", backup_spec);
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "HookFailed");
  ASSERT_EQ(backup.status.pods.size(), 1U);
  EXPECT_EQ(backup.status.pods.front().hook.exit_code, 7);
  EXPECT_NE(backup.status.pods.front().hook.output.find("no space left"), std::string::npos);
  EXPECT_EQ(hook_runs("post"), 1U);
  EXPECT_EQ(count(kinds::snapshot), 0U);
  EXPECT_TRUE(await_event("nightly", "HookFailed"));
}

TEST_F(failures, a_pre_hook_that_hangs_is_ended_and_undone) {
  given_application(
      {.annotations = with(recorded_hooks(), "pre-hook",
                           "echo pre $HOSTNAME >> /data/hooks; touch /data/frozen.$HOSTNAME; "
                           "sleep 600")});
  back_up("nightly", {{"timeouts", {{"freeze", "1s"}}}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "FreezeTimeout");
  expect_thawed_without_snapshot("nightly");
}

TEST_F(failures, a_cut_that_does_not_come_ends_with_the_longest_freeze) {
  given_application(slow_to_cut());
  back_up("nightly", {{"timeouts", {{"maxFreeze", "4s"}}}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "FreezeExpired");
  EXPECT_FALSE(is_frozen());
  expect_thawed_without_snapshot("nightly");
}

TEST_F(failures, cancelling_a_frozen_backup_thaws_it_and_removes_its_snapshot) {
  given_application(slow_to_cut());
  back_up("nightly");
  ASSERT_TRUE(await([this] { return is_frozen() && count(kinds::snapshot) == 1; }));
  patch_backup("nightly", {{"spec", {{"cancel", true}}}});
  const auto backup = await_phase("nightly", backup_phase::cancelled);
  EXPECT_EQ(backup.status.reason, "Cancelled");
  expect_thawed_without_snapshot("nightly");
}

TEST_F(failures, deleting_a_frozen_backup_thaws_it_and_removes_its_snapshot) {
  given_application(slow_to_cut());
  back_up("nightly");
  ASSERT_TRUE(await([this] { return is_frozen() && count(kinds::snapshot) == 1; }));
  delete_backup("nightly");
  ASSERT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "nightly"); }));
  EXPECT_FALSE(is_frozen());
  expect_thawed_without_snapshot("nightly");
}

class crashes : public failures {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  void given_two_frozen_pods() {
    auto application = slow_to_cut();
    application.pods = 2;
    given_application(application);
    back_up("nightly", {{"timeouts", {{"freeze", "3s"}}}});
    ASSERT_TRUE(await([this] { return hook_runs("pre") == 2 && count(kinds::snapshot) == 1; }));
    ASSERT_EQ(hook_runs("post"), 0U);
  }

  void let_the_cut_be_fast() {
    cluster().must(
        k8s::patch_request(kinds::claim, {name_space_, "data"}, k8s::patch_kind::merge,
                           {{"metadata", {{"annotations", {{"kubesim/cut-latency", "0s"}}}}}}));
  }

  void expect_second_attempt_to_complete() {
    const auto backup = await_phase("nightly", backup_phase::completed);
    EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
    EXPECT_EQ(backup.status.attempts, 2);
    EXPECT_FALSE(is_frozen());
    EXPECT_EQ(snapshots_kept(), 1);
  }

  void restart_operator() {
    cluster().start_operator();
    ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
  }
};

TEST_F(crashes, a_killed_operator_leaves_no_pod_frozen) {
  given_two_frozen_pods();
  cluster().kill_operator_hard();
  EXPECT_TRUE(await([this] { return hook_runs("post") == 2; }, 3s));
  EXPECT_FALSE(is_frozen());

  let_the_cut_be_fast();
  restart_operator();
  EXPECT_TRUE(await_event("nightly", "Interrupted"));
  expect_second_attempt_to_complete();
}

TEST_F(crashes, a_stopped_operator_thaws_before_it_ends) {
  given_two_frozen_pods();
  cluster().operator_process().send_signal(SIGTERM);
  EXPECT_EQ(cluster().operator_process().await_end(patience), 0);
  EXPECT_EQ(hook_runs("post"), 2U);
  EXPECT_FALSE(is_frozen());
  const auto left = status("nightly");
  EXPECT_EQ(left.status.phase, backup_phase::pending);
  EXPECT_EQ(left.status.reason, "OperatorStopped");
  EXPECT_TRUE(left.metadata.finalizers.empty());
  let_the_cut_be_fast();
  restart_operator();
  expect_second_attempt_to_complete();
}

TEST_F(crashes, an_upload_is_seen_to_its_end_by_the_next_operator) {
  given_application(
      {.annotations = recorded_hooks(), .claim_annotations = {{"kubesim/ready-latency", "3s"}}});
  back_up("nightly");
  ASSERT_TRUE(await([this] { return status("nightly").status.phase == backup_phase::uploading; }));
  cluster().kill_operator_hard();
  restart_operator();
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  EXPECT_EQ(backup.status.attempts, 1);
  EXPECT_EQ(hook_runs("pre"), 1U);
  EXPECT_EQ(hook_runs("post"), 1U);
}

} // namespace
} // namespace scenarios
