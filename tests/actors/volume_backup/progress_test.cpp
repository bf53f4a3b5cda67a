#include "actors/volume_backup/progress.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using crds::backup_phase;
using crds::condition_status;
using messages::release;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

const crds::condition& condition_of(const crds::volume_backup_status& status,
                                    std::string_view type) {
  const auto* found = crds::find_condition(status.conditions, type);
  static const crds::condition none;
  return found ? *found : none;
}

TEST(progress, phases_follow_the_facts) {
  auto world = backup_world{};
  EXPECT_EQ(status_of(world, at(1s)).phase, backup_phase::pending);
  world.planned(1, 1).prepared();
  EXPECT_EQ(status_of(world, at(1s)).phase, backup_phase::freezing)
      << "the write-ahead says Freezing before the first exec";
  world.freezing().frozen().requested();
  EXPECT_EQ(status_of(world, at(4s)).phase, backup_phase::snapshotting);
  world.cut().thawing();
  EXPECT_EQ(status_of(world, at(5s)).phase, backup_phase::thawing);
  world.released().compared();
  EXPECT_EQ(status_of(world, at(6s)).phase, backup_phase::uploading);
  world.ready();
  EXPECT_EQ(status_of(world, at(7s)).phase, backup_phase::completed);
}

TEST(progress, a_queued_backup_says_whom_it_waits_for) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().turn = turn_state::delayed;
  world.seen().waits_for = "shop/hourly to thaw";
  const auto status = status_of(world, at(1s));
  EXPECT_EQ(status.phase, backup_phase::queued);
  EXPECT_EQ(status.reason, "Queued");
  EXPECT_NE(status.message.find("shop/hourly"), std::string::npos);
}

TEST(progress, a_backup_that_is_held_up_before_its_preflight_is_queued) {
  backup_world world;
  EXPECT_EQ(status_of(world, at(1s)).phase, backup_phase::pending);
  world.seen().is_held_up = true;
  const auto status = status_of(world, at(9s));
  EXPECT_EQ(status.phase, backup_phase::queued);
  EXPECT_EQ(status.reason, "Queued");
  EXPECT_NE(status.message.find("preflight"), std::string::npos);
  world.planned(1, 1);
  EXPECT_NE(status_of(world, at(10s)).phase, backup_phase::queued);
}

TEST(progress, the_write_ahead_names_the_pods_that_may_be_frozen) {
  const auto status = status_of(backup_world{}.planned(2, 1), at(1s));
  ASSERT_EQ(status.pods.size(), 2U);
  EXPECT_EQ(status.pods[1].name, "pod-1");
  EXPECT_EQ(status.pods[1].uid, "uid-pod-1");
  EXPECT_EQ(status.pods[1].hook.state, "Pending");
}

TEST(progress, a_good_backup_has_every_condition_true) {
  const auto status = status_of(backup_world{}.planned(1, 1).thawed_well().ready(), at(8s));
  for (const auto type : {"PreflightPassed", "PodsFrozen", "SnapshotsCut", "PodsThawed",
                          "SnapshotsReady", "Succeeded"})
    EXPECT_EQ(condition_of(status, type).status, condition_status::is_true) << type;
  EXPECT_EQ(status.consistency, crds::consistency::application);
  EXPECT_EQ(status.snapshots_ready, "1/1");
  EXPECT_EQ(status.completion_time, at(8s).wall);
}

TEST(progress, the_freeze_counts_from_the_begin_of_the_pre_hook_to_the_last_release) {
  auto world = backup_world{}.planned(2, 1).thawed_well();
  world.seen().pods[0].pre_hook_took = 500ms;
  world.released(1, release::thawed, 6500ms);
  EXPECT_EQ(freeze_window(world), 5s) << "from 1.5 s to 6.5 s";
}

TEST(progress, only_failed_hooks_leave_output_and_only_if_recorded) {
  auto world = backup_world{}
                   .planned(2, 1)
                   .freezing()
                   .frozen()
                   .released(0, release::thawed)
                   .released(1, release::pre_hook_failed);
  EXPECT_EQ(status_of(world, at(8s)).pods[0].hook.output, "");
  EXPECT_EQ(status_of(world, at(8s)).pods[1].hook.output, "its output");
  world.seen().backup.spec.hooks.record_output = false;
  EXPECT_EQ(status_of(world, at(8s)).pods[1].hook.output, "");
}

TEST(progress, a_failed_backup_says_why_in_reason_message_and_condition) {
  auto world = backup_world{}.with([](observed& seen) {
    seen.ending = ending{backup_phase::failed, "NoClaims", "nothing there"};
  });
  const auto status = status_of(world, at(1s));
  EXPECT_EQ(status.reason, "NoClaims");
  EXPECT_EQ(status.message, "nothing there");
  EXPECT_EQ(condition_of(status, "Succeeded").reason, "NoClaims");
  EXPECT_FALSE(status.consistency) << "there is no verdict without a cut";
}

TEST(progress, a_condition_keeps_its_transition_time_while_its_status_stays) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().backup.status = status_of(world, at(1s));
  const auto later = status_of(world, at(9s));
  EXPECT_EQ(condition_of(later, "PreflightPassed").last_transition_time, at(1s).wall);
}

TEST(progress, an_unconfirmed_thaw_is_told_as_unknown) {
  const auto status = status_of(
      backup_world{}.planned(1, 1).freezing().frozen().requested().cut().thawing().released(
          release::unconfirmed),
      at(8s));
  EXPECT_EQ(condition_of(status, "PodsThawed").status, condition_status::unknown);
  EXPECT_EQ(condition_of(status, "PodsThawed").reason, "ThawUnconfirmed");
}

} // namespace
