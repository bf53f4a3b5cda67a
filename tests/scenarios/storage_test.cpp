#include "tests/scenarios/cluster_scenario.hpp"

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;
using crds::consistency;

/// Storage that is slow, fails or lies about when it cut. The claim's annotations tell kubesim's
/// driver to.
class storages : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  void given_storage(json manners) {
    given_application({.annotations = recorded_hooks(), .claim_annotations = std::move(manners)});
  }

  crds::volume_backup completed() { return await_phase("nightly", backup_phase::completed); }

  bool holds_frozen_mark(const crds::volume_backup& backup) {
    const auto copy = cluster().snapshot_directory(backup.status.snapshots.at(0).snapshot_handle);
    return std::filesystem::exists(copy / ("frozen." + backup.status.pods.at(0).name));
  }
};

TEST_F(storages, a_late_cut_is_waited_for_and_thawed_after) {
  given_storage({{"kubesim/cut-latency", "3s"}});
  back_up("nightly");
  const auto backup = completed();
  EXPECT_EQ(backup.status.consistency, consistency::application) << backup.status.message;
  EXPECT_TRUE(holds_frozen_mark(backup));
  EXPECT_GE(backup.status.freeze_milliseconds, 3000);
}

TEST_F(storages, a_cut_that_claims_to_be_from_before_the_freeze_is_not_believed) {
  given_storage({{"kubesim/creation-time-shift", "-20s"}});
  back_up("nightly");
  EXPECT_NE(completed().status.consistency, consistency::application);
}

TEST_F(storages, a_cut_that_claims_to_be_from_after_the_thaw_is_not_believed) {
  given_storage({{"kubesim/creation-time-shift", "20s"}});
  back_up("nightly");
  EXPECT_NE(completed().status.consistency, consistency::application);
}

TEST_F(storages, a_driver_known_to_tell_its_cut_too_early_is_thawed_when_ready) {
  given_storage({{"kubesim/creation-time-early", "true"},
                 {"kubesim/cut-latency", "1500ms"},
                 {"kubesim/ready-latency", "500ms"}});
  given_provider("careful", {{"type", "Snapshot"}, {"snapshot", {{"thawOn", "Ready"}}}});
  back_up("nightly", {{"providerRef", "careful"}});
  const auto backup = completed();
  EXPECT_TRUE(holds_frozen_mark(backup));
  EXPECT_GE(*backup.status.thawed_at, *backup.status.ready_at);
}

TEST_F(storages, an_error_that_clears_is_a_warning) {
  given_storage(
      {{"kubesim/snapshot-error", "the backend is busy"}, {"kubesim/snapshot-error-times", "2"}});
  back_up("nightly");
  EXPECT_EQ(completed().status.consistency, consistency::application);
  EXPECT_TRUE(await_event("nightly", "SnapshotError"));
}

TEST_F(storages, an_error_that_cannot_clear_ends_the_freeze_at_once) {
  given_storage({{"kubesim/snapshot-error", "rpc error: code = ResourceExhausted desc = quota"}});
  back_up("nightly", {{"timeouts", {{"maxFreeze", "60s"}}}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "SnapshotFailed");
  EXPECT_LT(backup.status.freeze_milliseconds, 30'000);
  EXPECT_FALSE(is_frozen());
}

TEST_F(storages, a_snapshot_that_never_becomes_ready_fails_after_its_own_timeout) {
  given_storage({{"kubesim/never-ready", "true"}});
  back_up("nightly", {{"timeouts", {{"ready", "2s"}}}});
  const auto backup = await_phase("nightly", backup_phase::failed);
  EXPECT_EQ(backup.status.reason, "ReadyTimeout");
  EXPECT_EQ(backup.status.consistency, consistency::application) << "what is cut is cut";
  EXPECT_EQ(count(kinds::snapshot), 1U) << "it may still become ready";
}

} // namespace
} // namespace scenarios
