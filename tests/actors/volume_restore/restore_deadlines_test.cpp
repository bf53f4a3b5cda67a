#include "actors/volume_restore/next_restore_step.hpp"
#include "actors/volume_restore/restore_deadlines.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"
#include "tests/actors/volume_restore/restore_clock.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace actors;
using namespace std::chrono_literals;
using crds::restore_phase;
using support::at;
using ::testing::HasSubstr;

constexpr auto start = support::restore_start;

restore_run run_in(restore_phase phase) {
  restore_run run;
  run.started = at(0s);
  run.phase_since = at(2min);
  run.restore.status.phase = phase;
  run.restore.status.timeouts = {.provision = 3min, .rollout = 5min, .total = 1h};
  run.restore.status.claims.resize(1);
  return run;
}

TEST(restore_deadlines, each_phase_has_its_own) {
  EXPECT_EQ(phase_deadline(run_in(restore_phase::provisioning)), start + 2min + 3min);
  EXPECT_EQ(phase_deadline(run_in(restore_phase::switching)), start + 2min + 5min);
  EXPECT_EQ(phase_deadline(run_in(restore_phase::rolling_out)), start + 2min + 5min);
  EXPECT_EQ(phase_deadline(run_in(restore_phase::rolling_back)), start + 2min + 5min);
  EXPECT_EQ(phase_deadline(run_in(restore_phase::none)), std::nullopt);
  EXPECT_EQ(phase_deadline(run_in(restore_phase::completed)), std::nullopt);
}

TEST(restore_deadlines, a_rollout_that_also_provisions_has_the_time_for_both) {
  auto run = run_in(restore_phase::rolling_out);
  run.restore.status.claims[0].binds_late = true;
  EXPECT_EQ(phase_deadline(run), start + 2min + 5min + 3min);
}

TEST(restore_deadlines, the_way_forward_leaves_time_for_the_way_back) {
  auto run = run_in(restore_phase::provisioning);
  EXPECT_EQ(total_deadline(run), start + 1h);
  EXPECT_EQ(forward_deadline(run), start + 55min);
  run.restore.status.timeouts->rollout = 50min; // more than there is
  EXPECT_EQ(forward_deadline(run), start + 45min);
}

TEST(restore_deadlines, a_restore_without_time_for_the_way_forward_does_not_begin) {
  const auto run = run_in(restore_phase::pending);
  EXPECT_EQ(to_string(decide(run, at(54min))), "ask preflight");
  EXPECT_EQ(to_string(decide(run, at(56min))), "write Failed");
}

TEST(restore_deadlines, before_the_plan_those_of_the_spec_count) {
  auto run = run_in(restore_phase::none);
  run.restore.status.timeouts.reset();
  run.restore.spec.timeouts.total = 10min;
  EXPECT_EQ(total_deadline(run), start + 10min);
}

TEST(restore_deadlines, the_next_is_the_first_that_has_not_passed) {
  auto run = run_in(restore_phase::provisioning);
  EXPECT_EQ(next_deadline(run, at(0s)), start + 5min);
  run.look_again = start + 3min;
  run.resume = start + 4min;
  EXPECT_EQ(next_deadline(run, at(0s)), start + 3min);
  EXPECT_EQ(next_deadline(run, at(3min)), start + 4min);
  EXPECT_EQ(next_deadline(run, at(5min)), start + 55min);
  EXPECT_EQ(next_deadline(run, at(2h)), std::nullopt);
}

TEST(restore_deadlines, have_reasons_by_phase) {
  EXPECT_EQ(timeout_reason(restore_phase::provisioning), "ProvisionTimeout");
  EXPECT_EQ(timeout_reason(restore_phase::switching), "SwitchTimeout");
  EXPECT_EQ(timeout_reason(restore_phase::rolling_out), "RolloutTimeout");
}

TEST(restore_deadlines, a_restart_does_not_begin_them_anew) {
  crds::volume_restore restore;
  restore.status.phase = restore_phase::rolling_out;
  restore.status.start_time = at(0s).wall;
  restore.status.conditions
      = {{"PreflightPassed", crds::condition_status::is_true, "x", "", 1, at(1min).wall},
         {"RolledOut", crds::condition_status::is_false, "x", "", 1, at(4min).wall}};
  const auto run = take_up(restore, at(10min));
  EXPECT_EQ(run.started.steady, start);
  EXPECT_EQ(run.phase_since.steady, start + 4min);
  EXPECT_EQ(run.turn, turn_state::held);
}

TEST(restore_deadlines, a_process_that_comes_late_still_has_the_time_for_a_rollback) {
  crds::volume_restore restore;
  restore.status.phase = restore_phase::switching;
  restore.status.start_time = at(0s).wall;
  restore.status.timeouts = {.provision = 3min, .rollout = 5min, .total = 1h};
  EXPECT_EQ(total_deadline(take_up(restore, at(10min))), start + 1h);
  const auto late = take_up(restore, at(10h));
  EXPECT_EQ(total_deadline(late), start + 10h + 5min);
  EXPECT_EQ(forward_deadline(late), start + 55min) << "the way forward is over";
}

TEST(restore_deadlines, a_process_reads_what_it_takes_up_before_it_acts) {
  crds::volume_restore restore;
  EXPECT_FALSE(take_up(restore, at(0s)).must_read);
  restore.status.phase = restore_phase::switching;
  const auto run = take_up(restore, at(0s));
  EXPECT_TRUE(std::holds_alternative<restore_step::read_outcome>(decide(run, at(0s))));
}

TEST(restore_deadlines, creates_of_a_process_that_had_begun_unseen_may_come_late) {
  auto run = run_in(restore_phase::none);
  auto read = run.restore;
  read.status.phase = restore_phase::provisioning;
  auto own = run;
  adopt(own, read, at(7min));
  EXPECT_EQ(own.may_appear_until, std::nullopt);
  adopt_read(run, read, at(7min));
  EXPECT_EQ(run.may_appear_until, start + 7min + longest_write);
}

TEST(restore_deadlines, one_that_had_begun_unseen_has_the_time_for_a_rollback_too) {
  auto run = run_in(restore_phase::pending);
  auto read = run.restore;
  read.status.phase = restore_phase::switching;
  adopt_read(run, read, at(2h));
  EXPECT_EQ(total_deadline(run), start + 2h + 5min);
}

TEST(restore_deadlines, a_clock_that_was_ahead_does_not_move_them_into_the_future) {
  crds::volume_restore restore;
  restore.status.phase = restore_phase::switching;
  restore.status.start_time = at(2h).wall;
  EXPECT_EQ(take_up(restore, at(10min)).started.steady, start + 10min);
}

TEST(restore_deadlines, another_phase_begins_another_time_and_forgets_failures) {
  auto run = run_in(restore_phase::switching);
  run.failure = refusal{"FightingOwner", ""};
  run.workload_changes = 3;
  auto same = run.restore;
  adopt(run, same, at(7min));
  EXPECT_TRUE(run.failure);
  EXPECT_EQ(run.phase_since.steady, start + 2min);
  same.status.phase = restore_phase::rolling_back;
  adopt(run, same, at(7min));
  EXPECT_FALSE(run.failure);
  EXPECT_EQ(run.workload_changes, 0);
  EXPECT_EQ(run.phase_since.steady, start + 7min);
}

TEST(restore_deadlines, an_old_claim_goes_only_by_a_look_of_after_the_rollout) {
  auto run = run_in(restore_phase::rolling_out);
  auto& restore = run.restore;
  restore.spec.old_claim_policy = crds::old_claim_policy::remove;
  restore.status.strategy = crds::restore_strategy::switch_claim;
  restore.status.workload = crds::restored_workload{"Deployment", "web", "uid-web", 1, ""};
  auto& row = restore.status.claims[0];
  row.claim = "data";
  row.new_claim = "data-restored";
  row.old_volume = "pv-data";
  row.snapshot = "snap";
  restore_world world;
  world.workload = support::restore_case::workload("Deployment").object;
  world.workload->template_claims = {{"storage", "data-restored"}};
  world.claims["data"] = support::restore_case::claim("data");
  note_seen(run, world);
  run.is_stale = false;
  auto rolled_out = run.restore;
  rolled_out.status.conditions
      = {{"RolledOut", crds::condition_status::is_true, "x", "", 1, at(4min).wall}};
  adopt(run, rolled_out, at(4min));
  ASSERT_EQ(to_string(decide(run, at(4min))), "look");
  run.is_stale = false;
  EXPECT_EQ(to_string(decide(run, at(4min))), "delete claim data");
  world.workload->template_claims = {{"storage", "data"}}; // somebody has pointed it back
  note_seen(run, world);
  EXPECT_EQ(to_string(decide(run, at(4min))), "write Completed");
}

TEST(restore_deadlines, what_is_left_to_do_by_hand_names_volumes_and_replicas) {
  crds::volume_restore restore;
  restore.status.workload = crds::restored_workload{"StatefulSet", "db", "u", 3, ""};
  restore.status.strategy = crds::restore_strategy::replace_claim;
  auto& row = restore.status.claims.emplace_back();
  row.claim = "data-db-0";
  row.snapshot = "snap";
  row.old_volume = "pv-old";
  row.new_volume = "pv-new";
  restore_world world;
  world.volumes["pv-old"].reclaim_policy = "Retain";
  world.volumes["pv-old"].claim = {"shop", "kept"};
  const auto text = how_to_finish(restore, world);
  for (const auto* part : {"claim data-db-0",
                           "old volume pv-old (reclaim policy Retain, kept for "
                           "claim kept)",
                           "new volume pv-new (not seen)", "StatefulSet db to 3"})
    EXPECT_THAT(text, HasSubstr(part));
}

} // namespace
