#pragma once

#include "tests/sweeps/evidence.hpp"
#include "tests/sweeps/hurt_cluster.hpp"

#include <filesystem>
#include <set>
#include <string>

namespace sweeps {

/// An application of two pods and two claims whose hooks leave evidence, on a cluster of its own,
/// and the invariants I1 to I5 after each of its backups.
class sweep : public hurt_cluster {
protected:
  static constexpr milliseconds max_freeze{8'000};
  static constexpr milliseconds total{120'000};

  static void SetUpTestSuite();
  /// With a class for groups if the claims are to be cut as one, and with SWEEP_EXEC_PROTOCOL a
  /// server that speaks no newer one.
  static void start_cluster_with_classes(std::vector<std::string> options);
  void SetUp() override;
  /// With another namespace, for what leaves the first one of no use.
  void start_anew();

  /// With SWEEP_GROUPED the claims are cut as a group.
  static bool is_grouped();

  void back_up_with_short_timeouts(const std::string& name);
  /// The same without forgetting what the hooks of others have left.
  void back_up_behind_others(const std::string& name);
  bool is_frozen() { return sweeps::is_frozen(told_runs(data_), pods_that_are_gone()); }
  /// In a final phase, or gone.
  bool is_final(const std::string& name);
  /// Final, and the finalizer is given up: nothing is left to do.
  bool is_settled(const std::string& name);

  /// Waits for the backup's end and checks the invariants.
  void expect_invariants(const std::string& name);
  /// Deletes it; nothing of it may be left then.
  void expect_nothing_left(const std::string& name);

  /// By the UID of their backup.
  std::size_t snapshots_of(const std::string& backup);

  /// Snapshots and groups, by name, that somebody else deleted during this backup. If that was
  /// after they were seen ready, it completes without them.
  std::set<std::string> taken_by_others_;

private:
  std::set<std::string> pods_that_are_gone();
  void expect_whole_set(const crds::volume_backup& backup);
  void expect_no_set(const crds::volume_backup& backup);
  std::size_t groups_kept();
  void expect_no_group_label();
  std::string handle_of(const std::string& snapshot);
  /// I3: the snapshot of `data` holds the mark of every pod.
  void expect_frozen_snapshot(const crds::volume_backup& backup);

  std::filesystem::path data_;
};

} // namespace sweeps
