#include "actors/volume_restore/next_restore_step.hpp"
#include "actors/volume_restore/restore_claims.hpp"
#include "actors/volume_restore/restore_deadlines.hpp"
#include "actors/volume_restore/unmade_volumes.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"
#include "tests/actors/volume_restore/restore_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace actors;
using namespace std::chrono_literals;
using crds::restore_phase;
using support::at;
using support::restore_case;
using ::testing::HasSubstr;

constexpr auto start = support::restore_start;

/// A switch that is cancelled while the driver makes the new volume.
restore_run cancelled_early(const std::string& class_policy) {
  restore_run run;
  run.started = run.phase_since = at(0s);
  auto& restore = run.restore;
  restore.metadata.name_space = "shop";
  restore.metadata.uid = "uid-again";
  restore.status.phase = restore_phase::rolling_back;
  restore.status.reason = "Cancelled";
  restore.status.message = "spec.cancel was set";
  restore.status.timeouts = {.provision = 3min, .rollout = 4min, .total = 1h};
  restore.status.strategy = crds::restore_strategy::switch_claim;
  restore.status.workload = crds::restored_workload{"Deployment", "web", "uid-web", 1, ""};
  auto& row = restore.status.claims.emplace_back();
  row.claim = "data";
  row.new_claim = "data-restored";
  row.old_uid = "uid-data";
  row.old_volume = "pv-data";
  row.snapshot = "snap-data";
  row.volume_name = "storage";
  row.new_reclaim_policy = class_policy;
  restore_world world;
  world.claims["data"] = restore_case::claim("data");
  auto& made = world.claims["data-restored"];
  made = restore_case::claim("data-restored");
  made.metadata.labels = {{std::string{restore_mark::restore_uid}, "uid-again"}};
  made.phase = "Pending";
  made.volume_name.clear();
  run.versions_at_rollback.emplace();
  run.seen = std::move(world);
  run.is_stale = false;
  return run;
}

TEST(unmade_volumes, the_policy_of_the_class_is_known_before_the_volume_is) {
  restore_case given;
  given.facts.classes["fast"]->reclaim_policy = "Retain";
  const auto row = plan_claim(given.restore, given.facts, given.facts.claims[0], "snap-data");
  EXPECT_EQ(std::get<crds::restore_claim_status>(row).new_reclaim_policy, "Retain");
}

TEST(unmade_volumes, a_claim_is_deleted_at_once_if_its_volume_goes_with_it) {
  EXPECT_EQ(to_string(decide(cancelled_early("Delete"), at(1s))), "delete claim data-restored");
}

TEST(unmade_volumes, an_early_cancel_waits_for_a_volume_that_would_stay_and_discards_it) {
  auto run = cancelled_early("Retain");
  EXPECT_EQ(to_string(decide(run, at(1s))),
            "wait for the volume of claim data-restored, which would be left behind");
  auto& made = run.seen->claims["data-restored"];
  made.volume_name = "pv-new";
  made.phase = "Bound";
  auto& volume = run.seen->volumes["pv-new"];
  volume = restore_case::volume("pv-new", "Retain");
  volume.claim = {"shop", "data-restored"};
  volume.claim_uid = made.metadata.uid;
  EXPECT_EQ(to_string(decide(run, at(1s))), "discard volume pv-new");
  volume.reclaim_policy = "Delete";
  EXPECT_EQ(to_string(decide(run, at(1s))), "delete claim data-restored");
}

TEST(unmade_volumes, where_a_class_waits_for_a_pod_nothing_is_made_before_a_node_is_chosen) {
  auto run = cancelled_early("Retain");
  run.restore.status.claims[0].binds_late = true;
  EXPECT_EQ(to_string(decide(run, at(1s))), "delete claim data-restored");
  run.seen->claims["data-restored"].metadata.annotations
      = {{"volume.kubernetes.io/selected-node", "node-1"}};
  EXPECT_EQ(to_string(decide(run, at(1s))),
            "wait for the volume of claim data-restored, which would be left behind");
}

TEST(unmade_volumes, one_that_does_not_come_in_half_the_time_of_a_rollback_is_told_of) {
  auto run = cancelled_early("Retain");
  const auto next = decide(run, at(2min));
  ASSERT_EQ(to_string(next), "delete claim data-restored");
  note_taken(run, std::get<restore_step::make_changes>(next).changes.at(0));
  run.seen->claims.erase("data-restored");
  const auto end = decide(run, at(2min));
  const auto& target = std::get<restore_step::write_status>(end).target;
  EXPECT_EQ(target.phase, restore_phase::cancelled);
  EXPECT_THAT(target.message,
              HasSubstr("the volume of claim data-restored (UID uid-data-restored)"));
}

TEST(unmade_volumes, the_wait_leaves_time_for_the_rest_of_the_rollback) {
  auto run = cancelled_early("Retain");
  run.restore.status.timeouts = {.provision = 10min, .rollout = 10min, .total = 4min};
  run.phase_since.steady = *forward_deadline(run); // as late as it can be
  EXPECT_LT(unmade_deadline(run), *total_deadline(run));
}

} // namespace
