#include "tests/scenarios/cluster_scenario.hpp"

#include <algorithm>
#include <iostream>
#include <set>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

/// The file `primary` names the pod that made it; the others cannot.
constexpr auto* elects_the_first_to_come
    = "(set -C; echo $HOSTNAME >/data/primary); trap exit TERM; while :; do sleep 1; done";

class backups : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster({"--ready-latency", "500"}); }
};

TEST_F(backups, two_hooked_pods_with_two_claims_are_frozen_once_each_and_thawed_before_ready) {
  given_application({.pods = 2, .claims = {"data", "logs"}, .annotations = recorded_hooks()});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);

  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  for (const auto& one : backup.status.conditions)
    EXPECT_EQ(one.status, crds::condition_status::is_true) << one.type << ": " << one.message;
  EXPECT_EQ(backup.status.conditions.size(), 6U);

  const auto runs = lines_on("data", "hooks");
  std::set<std::string> expected;
  for (const auto& pod : backup.status.pods)
    for (const char* hook : {"pre ", "post "})
      expected.insert(hook + pod.name);
  EXPECT_EQ(expected.size(), 4U);
  EXPECT_EQ(runs.size(), 4U);
  EXPECT_EQ(std::set<std::string>(runs.begin(), runs.end()), expected);
  EXPECT_EQ(cluster().execs_in(name_space_).size(), 2U);

  ASSERT_TRUE(backup.status.frozen_at && backup.status.cut_at && backup.status.thawed_at
              && backup.status.ready_at);
  EXPECT_LE(*backup.status.frozen_at, *backup.status.cut_at);
  EXPECT_LE(*backup.status.cut_at, *backup.status.thawed_at);
  EXPECT_LT(*backup.status.thawed_at, *backup.status.ready_at);
}

TEST_F(backups, the_snapshots_hold_what_the_claims_held_while_every_pod_was_frozen) {
  given_application({.pods = 2, .claims = {"data", "logs"}, .annotations = recorded_hooks()});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  ASSERT_EQ(backup.status.snapshots.size(), 2U);
  for (const auto& snapshot : backup.status.snapshots) {
    const auto copy = cluster().snapshot_directory(snapshot.snapshot_handle);
    ASSERT_TRUE(std::filesystem::is_directory(copy)) << copy;
    if (snapshot.claim != "data")
      continue;
    for (const auto& pod : backup.status.pods)
      EXPECT_TRUE(std::filesystem::exists(copy / ("frozen." + pod.name)));
    EXPECT_EQ(lines_of(copy / "hooks").size(), 2U); // no post-hook yet
  }
  EXPECT_FALSE(is_frozen());
}

TEST_F(backups, of_the_pods_that_are_probed_only_the_primary_is_frozen) {
  auto hooks = recorded_hooks();
  hooks["backups.example.com.hook-pods"] = "probe";
  hooks["backups.example.com.hook-probe"] = "test \"$(cat /data/primary)\" = \"$HOSTNAME\"";
  given_application({.pods = 2, .annotations = hooks, .program = elects_the_first_to_come});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  ASSERT_EQ(backup.status.pods.size(), 1U);
  const auto primary = backup.status.pods.front().name;
  EXPECT_EQ(lines_on("data", "primary"), std::vector<std::string>{primary});
  EXPECT_EQ(lines_on("data", "hooks"),
            (std::vector<std::string>{"pre " + primary, "post " + primary}));
}

TEST_F(backups, a_hook_session_holds_its_client_over_the_cut) {
  given_application(
      {.annotations = {{"backups.example.com.hook-session",
                        "echo $$ > /data/frozen.client; while read -r word; do echo $word; "
                        "echo $word >> /data/words; done; rm /data/frozen.client"},
                       {"backups.example.com.pre-hook", "READY"},
                       {"backups.example.com.post-hook", "unlock"}}});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  ASSERT_EQ(backup.status.pods.size(), 1U);
  EXPECT_EQ(backup.status.pods.front().hook.mode, "client");
  ASSERT_EQ(backup.status.snapshots.size(), 1U);
  const auto copy = cluster().snapshot_directory(backup.status.snapshots.front().snapshot_handle);
  EXPECT_TRUE(std::filesystem::exists(copy / "frozen.client"));
  EXPECT_EQ(lines_of(copy / "words"), std::vector<std::string>{"READY"});
  EXPECT_EQ(lines_on("data", "words"), (std::vector<std::string>{"READY", "unlock"}));
  EXPECT_TRUE(await([this] { return !is_frozen(); }));
}

TEST_F(backups, hooks_without_a_shell_freeze_and_thaw_by_an_exec_each) {
  given_application(
      {.annotations
       = {{"backups.example.com.pre-hook", R"(["touch", "/data/frozen.$HOME it is"])"},
          {"backups.example.com.post-hook", R"(["rm", "/data/frozen.$HOME it is"])"}}});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  ASSERT_EQ(backup.status.snapshots.size(), 1U);
  const auto copy = cluster().snapshot_directory(backup.status.snapshots.front().snapshot_handle);
  EXPECT_TRUE(std::filesystem::exists(copy / "frozen.$HOME it is")) << "nothing expands it";
  EXPECT_FALSE(is_frozen());
  EXPECT_EQ(cluster().execs_in(name_space_).size(), 2U);
  EXPECT_TRUE(await_event("nightly", "HookWarning"));
}

TEST_F(backups, two_backups_of_one_workload_freeze_it_one_after_the_other) {
  given_application({.claims = {"data", "logs"},
                     .annotations = recorded_hooks(),
                     .claim_annotations = {{"kubesim/cut-latency", "1s"}}});
  back_up("first", {{"claims", {"data"}}});
  ASSERT_TRUE(await([this] { return is_frozen(); }));
  back_up("second", {{"claims", {"logs"}}});
  ASSERT_TRUE(await([this] { return status("second").status.phase == backup_phase::queued; }));
  EXPECT_NE(status("second").status.message.find("first"), std::string::npos);
  const auto first = await_phase("first", backup_phase::completed);
  const auto second = await_phase("second", backup_phase::completed);
  EXPECT_EQ(second.status.consistency, crds::consistency::application) << second.status.message;
  ASSERT_TRUE(first.status.thawed_at && second.status.frozen_at);
  EXPECT_LT(*first.status.thawed_at, *second.status.frozen_at);
  const auto lines = lines_on("data", "hooks");
  ASSERT_EQ(lines.size(), 4U);
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_TRUE(lines[i].starts_with(i % 2 == 0 ? "pre " : "post ")) << lines[i];
}

/// While they wait the application may become another.
class backups_in_a_queue : public backups {
protected:
  void given_one_that_waits_for_another() {
    given_application({.annotations = {{"backups.example.com.pre-hook", "sleep 3600"},
                                       {"backups.example.com.post-hook", "true"}}});
    back_up("first", {{"timeouts", {{"freeze", "600s"}, {"maxFreeze", "600s"}}}});
    await_phase("first", backup_phase::freezing);
    back_up("second");
    await_phase("second", backup_phase::queued);
  }

  std::size_t reads_of(const std::string& what) const {
    const auto path = "/namespaces/" + name_space_ + "/" + what + "\"";
    const auto lines = lines_of(cluster().server_log());
    return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const auto& line) {
      return line.find("backup-restore-operator\"") != std::string::npos
             && line.find("\"verb\":\"get\"") != std::string::npos
             && line.find(path) != std::string::npos;
    }));
  }
};

TEST_F(backups_in_a_queue, read_the_kind_of_workload_again_that_they_know) {
  given_one_that_waits_for_another();
  const auto before = reads_of("statefulsets/app");
  ASSERT_EQ(before, 2U);
  ASSERT_EQ(reads_of("deployments/app"), 2U);
  cluster().must(k8s::patch_request(
      kinds::pod, {name_space_, status("second").status.pods.at(0).name}, k8s::patch_kind::merge,
      {{"metadata", {{"annotations", recorded_hooks()}}}}));
  patch_backup("first", {{"spec", {{"cancel", true}}}});
  await_phase("second", backup_phase::completed);
  EXPECT_EQ(hook_runs("pre"), 1U) << "the hooks as they are now";
  EXPECT_EQ(reads_of("deployments/app"), 3U);
  EXPECT_EQ(reads_of("statefulsets/app"), before);
}

TEST_F(backups_in_a_queue, find_a_workload_of_another_kind_if_theirs_is_gone) {
  given_one_that_waits_for_another();
  const application other{.kind = kinds::stateful_set, .annotations = recorded_hooks()};
  cluster().must(requests_for(other, name_space_).back());
  ASSERT_TRUE(await([&] { return is_ready(other, name_space_); }));
  cluster().must(k8s::delete_request(kinds::deployment, {name_space_, "app"}, {}));
  const auto second = await_phase("second", backup_phase::completed);
  ASSERT_TRUE(second.status.application);
  EXPECT_EQ(second.status.application->kind, "StatefulSet");
}

TEST_F(backups, an_application_without_hooks_is_crash_consistent_and_sees_no_exec) {
  given_application({});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::crash);
  EXPECT_TRUE(cluster().execs_in(name_space_).empty());
  EXPECT_TRUE(await_event("nightly", "Completed"));
}

TEST_F(backups, a_dry_run_freezes_and_thaws_and_takes_no_snapshot) {
  given_application({.annotations = recorded_hooks()});
  back_up("rehearsal", {{"dryRun", true}});
  await_phase("rehearsal", backup_phase::completed);
  EXPECT_EQ(hook_runs("pre"), 1U);
  EXPECT_EQ(hook_runs("post"), 1U);
  EXPECT_EQ(count(kinds::snapshot), 0U);
}

TEST_F(backups, deleting_a_backup_removes_its_snapshots) {
  given_application({});
  back_up("nightly");
  await_phase("nightly", backup_phase::completed);
  ASSERT_EQ(count(kinds::snapshot), 1U);
  delete_backup("nightly");
  EXPECT_TRUE(await([this] { return count(kinds::snapshot) == 0; }));
}

TEST_F(backups, a_retained_snapshot_outlives_its_backup) {
  given_application({});
  back_up("kept", {{"deletionPolicy", "Retain"}});
  back_up("dropped");
  await_phase("kept", backup_phase::completed);
  await_phase("dropped", backup_phase::completed);
  ASSERT_EQ(count(kinds::snapshot), 2U);
  delete_backup("kept");
  ASSERT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "kept"); }));
  // The garbage collector has been at work since then once it has removed the later one's.
  delete_backup("dropped");
  ASSERT_TRUE(await([this] { return count(kinds::snapshot) < 2; }));
  const auto left = cluster().must(k8s::list_request(kinds::snapshot, name_space_, {}));
  ASSERT_EQ(left.at("items").size(), 1U);
  EXPECT_TRUE(
      left.at("items").front().at("metadata").at("name").get<std::string>().starts_with("kept"));
}

/// A server that speaks no v5: standard input cannot be closed alone.
class backups_by_the_older_exec : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster({"--newest-exec-protocol", "4"}); }
};

TEST_F(backups_by_the_older_exec, are_consistent_too) {
  given_application({.pods = 2, .annotations = recorded_hooks()});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  EXPECT_EQ(lines_on("data", "hooks").size(), 4U);
}

TEST_F(backups_by_the_older_exec, are_thawed_when_the_operator_is_killed) {
  given_application({.pods = 2,
                     .annotations = recorded_hooks(),
                     .claim_annotations = {{"kubesim/cut-latency", "90s"}}});
  back_up("nightly", {{"timeouts", {{"freeze", "3s"}}}});
  ASSERT_TRUE(await([this] { return hook_runs("pre") == 2 && count(kinds::snapshot) == 1; }));
  cluster().kill_operator_hard();
  EXPECT_TRUE(await([this] { return !is_frozen(); }, 5s)) << "the end of the stream thaws";
  cluster().start_operator();
  ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
}

} // namespace
} // namespace scenarios
