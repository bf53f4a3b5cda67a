#include "tests/sweeps/sweep.hpp"

#include <algorithm>
#include <cstdlib>

namespace sweeps {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::backup_phase;

void sweep::SetUpTestSuite() {
  start_cluster_with_classes({"--cut-latency", "150", "--ready-latency", "150"});
}

void sweep::start_cluster_with_classes(std::vector<std::string> options) {
  if (const char* protocol = std::getenv("SWEEP_EXEC_PROTOCOL"))
    options.insert(options.end(), {"--newest-exec-protocol", protocol});
  start_cluster(std::move(options));
  if (!is_grouped())
    return;
  auto its_class = object_of(kinds::group_class, "csi-hostpath-groups");
  its_class["driver"] = "hostpath.csi.k8s.io";
  its_class["deletionPolicy"] = "Delete";
  cluster().must(k8s::create_request(kinds::group_class, {}, its_class));
}

bool sweep::is_grouped() {
  return std::getenv("SWEEP_GROUPED") != nullptr;
}

void sweep::SetUp() {
  cluster_scenario::SetUp();
  given_application({.pods = 2,
                     .claims = {"data", "logs"},
                     .annotations = telling_hooks(),
                     .program = "trap exit TERM; while :; do sleep 1 & wait $!; done"});
  data_ = cluster().volume_directory(name_space_, "data");
}

void sweep::start_anew() {
  (void)cluster().ask(k8s::delete_request(kinds::name_space, {{}, name_space_}, {}));
  sweep::SetUp();
}

void sweep::back_up_with_short_timeouts(const std::string& name) {
  forget_told_runs(data_);
  taken_by_others_.clear();
  back_up_behind_others(name);
}

void sweep::back_up_behind_others(const std::string& name) {
  back_up(name, {{"timeouts",
                  {{"freeze", "4s"},
                   {"maxFreeze", std::to_string(max_freeze.count()) + "ms"},
                   {"thaw", "4s"},
                   {"ready", "30s"},
                   {"total", std::to_string(total.count()) + "ms"}}}});
}

bool sweep::is_final(const std::string& name) {
  const auto found
      = cluster().ask(k8s::get_request(crds::volume_backup::kind, {name_space_, name}));
  if (!found)
    return found.error().is_not_found();
  const auto backup = crds::volume_backup::decode(*found);
  return backup && crds::is_final(backup->status.phase);
}

bool sweep::is_settled(const std::string& name) {
  return is_final(name)
         && (is_gone(crds::volume_backup::kind, name) || status(name).metadata.finalizers.empty());
}

void sweep::expect_invariants(const std::string& name) {
  ASSERT_TRUE(await([&] { return is_final(name); }, total + 10s))
      << "I5: " << name << " does not end";
  const auto backup = status(name);
  const auto runs = told_runs(data_);
  EXPECT_EQ(broken_freezes(runs, max_freeze, pods_that_are_gone()), std::vector<std::string>{})
      << testing::PrintToString(runs);
  if (backup.status.phase == backup_phase::completed)
    expect_whole_set(backup);
  else
    expect_no_set(backup);
  expect_no_group_label();
  EXPECT_TRUE(await([&] { return status(name).metadata.finalizers.empty(); }))
      << "nothing is left to do, and the finalizer stays";
}

std::set<std::string> sweep::pods_that_are_gone() {
  std::set<std::string> gone;
  for (const auto& run : told_runs(data_))
    gone.insert(run.pod);
  const auto there = cluster().must(k8s::list_request(kinds::pod, name_space_, {}));
  for (const auto& pod : there.at("items"))
    gone.erase(pod.at("metadata").at("name").get<std::string>());
  return gone;
}

void sweep::expect_nothing_left(const std::string& name) {
  delete_backup(name);
  EXPECT_TRUE(await([&] { return is_gone(crds::volume_backup::kind, name); }));
  EXPECT_TRUE(await([this] { return count(kinds::snapshot) + count(kinds::group) == 0; }))
      << "I4: a snapshot outlives its backup";
  expect_no_group_label();
}

void sweep::expect_no_group_label() {
  const auto claims = cluster().must(k8s::list_request(kinds::claim, name_space_, {}));
  for (const auto& claim : claims.at("items"))
    EXPECT_EQ(claim.at("metadata").value("labels", json::object()), json::object())
        << "the group's label stays on claim " << claim.at("metadata").at("name");
}

/// Without those that are on their way out.
std::size_t sweep::groups_kept() {
  const auto found = cluster().must(k8s::list_request(kinds::group, name_space_, {}));
  const auto& all = found.at("items");
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const json& one) {
    return !one.at("metadata").contains("deletionTimestamp");
  }));
}

void sweep::expect_whole_set(const crds::volume_backup& backup) {
  EXPECT_EQ(backup.status.snapshots.size(), 2U);
  if (is_grouped() && !taken_by_others_.empty())
    return; // with the group its members go, sooner or later
  const auto& rows = backup.status.snapshots;
  const auto taken = std::count_if(rows.begin(), rows.end(), [this](const auto& row) {
    return taken_by_others_.contains(row.volume_snapshot_name);
  });
  EXPECT_EQ(snapshots_of(backup.metadata.uid) + static_cast<std::size_t>(taken), rows.size())
      << "I4";
  EXPECT_EQ(groups_kept(), is_grouped() ? 1U : 0U) << "I4";
  if (backup.status.consistency == crds::consistency::application)
    expect_frozen_snapshot(backup);
}

/// The controller of a group that is deleted takes its members.
void sweep::expect_no_set(const crds::volume_backup& backup) {
  EXPECT_EQ(groups_kept(), 0U) << "I4: half a set is left";
  EXPECT_TRUE(
      await([&] { return snapshots_of(backup.metadata.uid) == 0; }, is_grouped() ? patience : 0ms))
      << "I4: half a set is left";
}

/// Without those that are on their way out: the driver ends a cut that it has begun.
std::size_t sweep::snapshots_of(const std::string& backup) {
  const auto found = cluster().must(
      k8s::list_request(kinds::snapshot, name_space_,
                        {.label_selector = "backups.example.com/backup-uid=" + backup}));
  const auto& all = found.at("items");
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const json& one) {
    return !one.at("metadata").contains("deletionTimestamp");
  }));
}

/// As the driver knows it, whatever the backup says.
std::string sweep::handle_of(const std::string& snapshot) {
  const auto all = cluster().must(k8s::list_request(kinds::snapshot_content, {}, {}));
  for (const auto& one : all.at("items"))
    if (one.value("/spec/volumeSnapshotRef/name"_json_pointer, "") == snapshot)
      return one.value("/status/snapshotHandle"_json_pointer, "");
  return "none";
}

void sweep::expect_frozen_snapshot(const crds::volume_backup& backup) {
  for (const auto& snapshot : backup.status.snapshots) {
    if (snapshot.claim != "data" || taken_by_others_.contains(snapshot.volume_snapshot_name))
      continue;
    const auto copy = cluster().snapshot_directory(handle_of(snapshot.volume_snapshot_name));
    for (const auto& pod : backup.status.pods)
      EXPECT_TRUE(std::filesystem::exists(copy / ("frozen." + pod.name)))
          << "I3: says Application, and " << pod.name << " was not frozen at the cut";
  }
}

} // namespace sweeps
