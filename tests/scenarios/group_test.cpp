#include "tests/scenarios/cluster_scenario.hpp"

#include <algorithm>
#include <csignal>
#include <set>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

/// Two claims of a driver that has a class for groups.
class groups : public cluster_scenario {
protected:
  static void SetUpTestSuite() {
    start_cluster({"--ready-latency", "500"});
    auto its_class = object_of(kinds::group_class, "csi-hostpath-groups");
    its_class["driver"] = "hostpath.csi.k8s.io";
    its_class["deletionPolicy"] = "Delete";
    cluster().must(k8s::create_request(kinds::group_class, {}, its_class));
  }

  static application two_claims() {
    return {.claims = {"data", "logs"}, .annotations = recorded_hooks()};
  }

  /// A storage system that never cuts in time.
  static application slow_to_cut() {
    auto slow = two_claims();
    slow.claim_annotations = {{"kubesim/cut-latency", "90s"}};
    return slow;
  }

  json list_of(const k8s::resource_kind& kind) {
    return cluster().must(k8s::list_request(kind, name_space_, {})).at("items");
  }

  /// Of all claims, those that begin like ours.
  std::set<std::string> group_labels() {
    std::set<std::string> found;
    for (const auto& claim : list_of(kinds::claim)) {
      const auto labels = claim.value("/metadata/labels"_json_pointer, json::object());
      for (const auto& [label, value] : labels.items())
        if (label.starts_with("backups.example.com/"))
          found.insert(claim.at("metadata").at("name").get<std::string>() + " " + label);
    }
    return found;
  }

  void expect_all_cleared_away() {
    EXPECT_TRUE(await([this] { return !is_frozen(); }));
    EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
    EXPECT_TRUE(await([this] {
      const auto left = list_of(kinds::group);
      return std::all_of(left.begin(), left.end(), [](const json& one) {
        return one.at("metadata").contains("deletionTimestamp"); // until its cut has ended
      });
    }));
  }
};

TEST_F(groups, claims_of_one_driver_are_cut_at_one_moment_while_every_pod_is_frozen) {
  auto application = two_claims();
  application.pods = 2;
  given_application(application);
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  for (const auto& one : backup.status.conditions)
    EXPECT_EQ(one.status, crds::condition_status::is_true) << one.type << ": " << one.message;
  ASSERT_EQ(count(kinds::group), 1U);
  EXPECT_EQ(list_of(kinds::group).front().at("metadata").at("name"),
            backup.status.volume_group_snapshot_name);
  ASSERT_EQ(backup.status.snapshots.size(), 2U);
  EXPECT_EQ(backup.status.snapshots[0].creation_time, backup.status.snapshots[1].creation_time);
  for (const auto& snapshot : backup.status.snapshots) {
    const auto copy = cluster().snapshot_directory(snapshot.snapshot_handle);
    ASSERT_TRUE(std::filesystem::is_directory(copy)) << copy;
    if (snapshot.claim != "data")
      continue;
    for (const auto& pod : backup.status.pods)
      EXPECT_TRUE(std::filesystem::exists(copy / ("frozen." + pod.name)));
  }
  EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
}

TEST_F(groups, members_are_found_by_the_uid_of_their_backup_and_go_with_it) {
  given_application(two_claims());
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  const auto ours = cluster()
                        .must(k8s::list_request(kinds::snapshot, name_space_,
                                                {.label_selector = "backups.example.com/backup-uid="
                                                                   + backup.metadata.uid}))
                        .at("items");
  std::set<std::string> expected, found;
  for (const auto& row : backup.status.snapshots)
    expected.insert(row.claim + " " + row.volume_snapshot_name);
  for (const auto& one : ours)
    found.insert(
        one.at("metadata").at("annotations").at("backups.example.com/claim").get<std::string>()
        + " " + one.at("metadata").at("name").get<std::string>());
  EXPECT_EQ(found, expected);
  EXPECT_EQ(found.size(), 2U);
  delete_backup("nightly");
  EXPECT_TRUE(await([this] { return count(kinds::snapshot) == 0 && count(kinds::group) == 0; }));
}

TEST_F(groups, a_retained_group_outlives_its_backup) {
  given_application(two_claims());
  back_up("kept", {{"deletionPolicy", "Retain"}});
  back_up("dropped");
  await_phase("kept", backup_phase::completed);
  await_phase("dropped", backup_phase::completed);
  ASSERT_EQ(count(kinds::group), 2U);
  delete_backup("kept");
  ASSERT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "kept"); }));
  // The garbage collector has been at work since then once it has removed the later one's.
  delete_backup("dropped");
  ASSERT_TRUE(await([this] { return count(kinds::group) < 2 && count(kinds::snapshot) < 4; }));
  ASSERT_EQ(count(kinds::group), 1U);
  EXPECT_TRUE(await([this] { return count(kinds::snapshot) == 2; }));
  for (const auto& one : list_of(kinds::snapshot))
    EXPECT_EQ(one.at("metadata").at("labels").at("backups.example.com/retained"), "true");
}

TEST_F(groups, individual_snapshots_are_made_where_they_are_asked_for) {
  given_application(two_claims());
  back_up("nightly", {{"snapshotMode", "Individual"}});
  await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(count(kinds::group), 0U);
  EXPECT_EQ(count(kinds::snapshot), 2U);
}

TEST_F(groups, one_claim_is_grouped_only_where_a_group_is_required) {
  given_application(two_claims());
  back_up("alone", {{"claims", {"data"}}});
  await_phase("alone", backup_phase::completed);
  EXPECT_EQ(count(kinds::group), 0U);
  back_up("grouped", {{"claims", {"data"}}, {"snapshotMode", "Group"}});
  await_phase("grouped", backup_phase::completed);
  EXPECT_EQ(count(kinds::group), 1U);
}

TEST_F(groups, a_class_that_is_missing_refuses_a_required_group) {
  given_application(two_claims());
  back_up("nightly", {{"snapshotMode", "Group"}, {"snapshotClassName", "absent"}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "SnapshotClassNotFound");
  EXPECT_TRUE(cluster().execs_in(name_space_).empty());
}

TEST_F(groups, backups_without_hooks_do_not_take_each_others_claims_away) {
  given_application(
      {.claims = {"data", "logs"}, .claim_annotations = {{"kubesim/cut-latency", "300ms"}}});
  for (const auto* name : {"first", "second", "third"})
    back_up(name);
  for (const auto* name : {"first", "second", "third"})
    EXPECT_EQ(await_phase(name, backup_phase::completed).status.snapshots_ready, "2/2");
  EXPECT_EQ(count(kinds::snapshot), 6U);
  EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
}

TEST_F(groups, a_failed_pre_hook_leaves_neither_label_nor_group) {
  auto application = two_claims();
  application.annotations["backups.example.com.pre-hook"] = "exit 7";
  given_application(application);
  back_up("nightly");
  EXPECT_EQ(await_phase("nightly", backup_phase::failed).status.reason, "HookFailed");
  EXPECT_EQ(count(kinds::group), 0U);
  EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
}

TEST_F(groups, a_cut_that_does_not_come_ends_with_the_longest_freeze) {
  given_application(slow_to_cut());
  back_up("nightly", {{"timeouts", {{"maxFreeze", "4s"}}}}); // time enough for the freeze
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "FreezeExpired");
  EXPECT_NE(backup.status.message.find("VolumeGroupSnapshot"), std::string::npos);
  expect_all_cleared_away();
}

TEST_F(groups, what_the_storage_complains_of_is_told) {
  auto application = two_claims();
  application.claim_annotations
      = {{"kubesim/snapshot-error", "disk on fire"}, {"kubesim/snapshot-error-times", "1"}};
  given_application(application);
  back_up("nightly");
  await_phase("nightly", backup_phase::completed);
  EXPECT_TRUE(await_event("nightly", "SnapshotError"));
}

TEST_F(groups, cancelling_while_it_is_cut_clears_all_away) {
  given_application(slow_to_cut());
  back_up("nightly");
  ASSERT_TRUE(await([this] { return is_frozen() && count(kinds::group) == 1; }));
  EXPECT_EQ(group_labels().size(), 2U);
  patch_backup("nightly", {{"spec", {{"cancel", true}}}});
  await_phase("nightly", backup_phase::cancelled);
  expect_all_cleared_away();
}

TEST_F(groups, deleting_the_backup_while_it_is_cut_clears_all_away) {
  given_application(slow_to_cut());
  back_up("nightly");
  ASSERT_TRUE(await([this] { return is_frozen() && count(kinds::group) == 1; }));
  delete_backup("nightly");
  ASSERT_TRUE(await([this] { return is_gone(crds::volume_backup::kind, "nightly"); }));
  expect_all_cleared_away();
}

TEST_F(groups, a_killed_operators_labels_and_group_are_cleared_away_and_it_begins_again) {
  given_application(slow_to_cut());
  back_up("nightly", {{"timeouts", {{"freeze", "3s"}}}});
  ASSERT_TRUE(await([this] { return is_frozen() && count(kinds::group) == 1; }));
  const auto first = list_of(kinds::group).front().at("metadata").at("name");
  ASSERT_EQ(group_labels().size(), 2U);
  cluster().kill_operator_hard();
  for (const auto* claim : {"data", "logs"})
    cluster().must(
        k8s::patch_request(kinds::claim, {name_space_, claim}, k8s::patch_kind::merge,
                           {{"metadata", {{"annotations", {{"kubesim/cut-latency", "0s"}}}}}}));
  EXPECT_EQ(group_labels().size(), 2U) << "nobody is there to take them off";
  cluster().start_operator();
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.attempts, 2);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  EXPECT_NE(backup.status.volume_group_snapshot_name, first);
  EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
  EXPECT_FALSE(is_frozen());
}

TEST_F(groups, a_group_that_was_cut_when_the_operator_was_killed_is_seen_to_its_end) {
  auto application = two_claims();
  application.claim_annotations = {{"kubesim/ready-latency", "5s"}};
  given_application(application);
  back_up("nightly");
  await_phase("nightly", backup_phase::uploading);
  cluster().kill_operator_hard();
  cluster().start_operator();
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(backup.status.attempts, 1);
  EXPECT_EQ(backup.status.consistency, crds::consistency::application) << backup.status.message;
  EXPECT_EQ(backup.status.snapshots_ready, "2/2");
  for (const auto& row : backup.status.snapshots)
    EXPECT_FALSE(row.snapshot_handle.empty());
  EXPECT_TRUE(group_labels().empty()) << *group_labels().begin();
}

class groups_without_their_api : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster({"--without-group-snapshot-crds"}); }
};

TEST_F(groups_without_their_api, mode_auto_goes_on_with_single_snapshots_and_says_why) {
  given_application({.claims = {"data", "logs"}, .annotations = recorded_hooks()});
  back_up("nightly");
  const auto backup = await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(count(kinds::snapshot), 2U);
  EXPECT_EQ(backup.status.volume_group_snapshot_name, "");
  EXPECT_NE(condition("nightly", "PreflightPassed")
                .value("message", "")
                .find("the cluster does not serve groupsnapshot.storage.k8s.io/v1"),
            std::string::npos);
}

TEST_F(groups_without_their_api, mode_group_is_refused_before_anything_is_frozen) {
  given_application({.claims = {"data", "logs"}, .annotations = recorded_hooks()});
  back_up("nightly", {{"snapshotMode", "Group"}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "GroupApiMissing");
  EXPECT_TRUE(cluster().execs_in(name_space_).empty());
  EXPECT_TRUE(await_event("nightly", "GroupApiMissing"));
}

} // namespace
} // namespace scenarios
