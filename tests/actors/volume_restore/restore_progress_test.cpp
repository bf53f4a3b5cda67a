#include "actors/volume_restore/restore_progress.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using crds::condition_status;
using crds::restore_phase;
namespace names = crds::restore_condition;

const moment noon{std::chrono::steady_clock::time_point{std::chrono::hours{12}},
                  k8s::timestamp{std::chrono::hours{12}}};

restore_run run_in(restore_phase phase) {
  restore_run run;
  run.started = noon;
  run.restore.metadata.generation = 3;
  run.restore.status.phase = phase;
  return run;
}

crds::volume_restore_status written(const restore_run& run, restore_phase phase,
                                    bool is_rolled_out = false) {
  return status_of(run, {phase, "Because", "of this", is_rolled_out}, noon);
}

/// `-`: there is none.
char sign_of(const crds::volume_restore_status& status, std::string_view type) {
  const auto* found = find_condition(status.conditions, type);
  if (!found)
    return '-';
  return found->status == condition_status::is_true ? 'T' : 'F';
}

std::string signs_of(const crds::volume_restore_status& status) {
  std::string signs;
  for (const auto type : {names::preflight_passed, names::claims_provisioned,
                          names::workload_switched, names::rolled_out, names::succeeded})
    signs += sign_of(status, type);
  return signs;
}

TEST(restore_progress, conditions_follow_the_way_forward) {
  auto run = run_in(restore_phase::none);
  const auto next = [&run](restore_phase phase, bool is_rolled_out = false) {
    run.restore.status = written(run, phase, is_rolled_out);
    return signs_of(run.restore.status);
  };
  EXPECT_EQ(next(restore_phase::pending), "-----");
  EXPECT_EQ(next(restore_phase::provisioning), "TF---");
  EXPECT_EQ(next(restore_phase::switching), "TTF--");
  EXPECT_EQ(next(restore_phase::rolling_out), "TTTF-");
  EXPECT_EQ(next(restore_phase::rolling_out, true), "TTTT-");
  EXPECT_EQ(next(restore_phase::completed), "TTTTT");
}

TEST(restore_progress, conditions_follow_the_way_back) {
  auto run = run_in(restore_phase::none);
  for (const auto phase : {restore_phase::provisioning, restore_phase::switching,
                           restore_phase::rolling_out, restore_phase::rolling_back})
    run.restore.status = written(run, phase);
  EXPECT_EQ(signs_of(run.restore.status), "TTTFF");
  EXPECT_EQ(signs_of(written(run, restore_phase::rolled_back)), "TTFFF");
  EXPECT_EQ(signs_of(written(run, restore_phase::failed)), "TTTFF") << "nobody put it back";
}

TEST(restore_progress, a_refusal_is_a_preflight_that_did_not_pass) {
  const auto status = written(run_in(restore_phase::none), restore_phase::failed);
  EXPECT_EQ(signs_of(status), "F---F");
  EXPECT_EQ(find_condition(status.conditions, names::preflight_passed)->reason, "Because");
  EXPECT_EQ(status.message, "of this");
}

TEST(restore_progress, notes_times_and_the_generation) {
  auto run = run_in(restore_phase::none);
  auto status = written(run, restore_phase::pending);
  EXPECT_EQ(status.start_time, noon.wall);
  EXPECT_FALSE(status.completion_time);
  EXPECT_EQ(status.observed_generation, 3);
  run.restore.status.start_time = noon.wall - std::chrono::hours{1};
  status = written(run, restore_phase::cancelled);
  EXPECT_EQ(status.start_time, noon.wall - std::chrono::hours{1});
  EXPECT_EQ(status.completion_time, noon.wall);
}

TEST(restore_progress, the_plan_is_persisted_with_the_first_change_and_never_again) {
  auto run = run_in(restore_phase::none);
  run.plan.emplace();
  run.plan->strategy = crds::restore_strategy::replace_claim;
  run.plan->claims.emplace_back().claim = "data";
  EXPECT_TRUE(written(run, restore_phase::failed).claims.empty());
  auto status = written(run, restore_phase::provisioning);
  EXPECT_EQ(status.strategy, crds::restore_strategy::replace_claim);
  ASSERT_EQ(status.claims.size(), 1U);
  run.restore.status = status;
  run.plan->claims.clear();
  EXPECT_EQ(written(run, restore_phase::switching).claims.size(), 1U);
}

restore_run with_provisioned_claim() {
  auto run = run_in(restore_phase::provisioning);
  run.restore.status.strategy = crds::restore_strategy::switch_claim;
  auto& row = run.restore.status.claims.emplace_back();
  row.claim = "data";
  row.new_claim = "data-restored";
  row.snapshot = "snap";
  run.seen.emplace();
  auto& claim = run.seen->claims["data-restored"];
  claim.metadata.uid = "uid-new";
  claim.volume_name = "pv-new";
  run.seen->volumes["pv-new"].reclaim_policy = "Delete";
  return run;
}

TEST(restore_progress, what_became_of_the_new_claims_is_persisted_before_anything_uses_them) {
  const auto row = written(with_provisioned_claim(), restore_phase::switching).claims.at(0);
  EXPECT_EQ(row.new_uid, "uid-new");
  EXPECT_EQ(row.new_volume, "pv-new");
  EXPECT_EQ(row.new_reclaim_policy, "Delete");
}

TEST(restore_progress, the_policy_of_the_new_volume_is_the_first_that_was_seen) {
  auto run = with_provisioned_claim();
  run.restore.status.phase = restore_phase::rolling_out;
  run.restore.status.claims[0].new_reclaim_policy = "Delete";
  run.seen->volumes["pv-new"].reclaim_policy = "Retain"; // by the restore itself
  EXPECT_EQ(written(run, restore_phase::rolling_out, true).claims.at(0).new_reclaim_policy,
            "Delete");
}

TEST(restore_progress, tells_people_of_each_claim_in_a_word) {
  auto run = with_provisioned_claim();
  const auto word = [&run](restore_phase phase) { return written(run, phase).claims.at(0).state; };
  EXPECT_EQ(word(restore_phase::switching), "Provisioned");
  EXPECT_EQ(word(restore_phase::rolling_out), "Switched");
  EXPECT_EQ(word(restore_phase::completed), "Restored");
  EXPECT_EQ(word(restore_phase::rolled_back), "Unchanged");
  EXPECT_EQ(word(restore_phase::rolling_back), "RollingBack");
  run.restore.status.claims[0].binds_late = true;
  EXPECT_EQ(word(restore_phase::switching), "Waiting");
  run.restore.status.claims[0].snapshot.clear();
  EXPECT_EQ(word(restore_phase::completed), "Protected");
}

} // namespace
