#include "actors/volume_restore/failed_changes.hpp"
#include "actors/volume_restore/next_restore_step.hpp"
#include "actors/volume_restore/restore_deadlines.hpp"
#include "actors/volume_restore/restore_progress.hpp"
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
namespace steps = restore_step;

constexpr auto start = support::restore_start;
const std::string full = "exceeded quota: q";

double whole() {
  return 0.0;
}

restore_change make_data() {
  return {"create claim data", {}};
}

TEST(failed_changes, are_tried_again_later_and_later_but_never_later_than_half_a_minute) {
  failed_changes failed;
  std::vector<std::chrono::milliseconds> waits;
  for (auto now = start; waits.size() < 10; now += waits.back()) {
    failed.note(make_data(), full, now, whole);
    waits.push_back(
        std::chrono::duration_cast<std::chrono::milliseconds>(*failed.next_try(now) - now));
  }
  EXPECT_EQ(waits, (std::vector<std::chrono::milliseconds>{250ms, 500ms, 1s, 2s, 4s, 8s, 16s, 30s,
                                                           30s, 30s}));
}

TEST(failed_changes, do_not_hold_up_the_others) {
  failed_changes failed;
  failed.note(make_data(), full, start, whole);
  const auto due = failed.due_of({make_data(), {"create claim logs", {}}}, start + 100ms);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].what, "create claim logs");
  EXPECT_EQ(failed.due_of({make_data()}, start + 250ms).size(), 1U);
}

TEST(failed_changes, are_told_of_when_they_fail_again_and_until_they_are_taken) {
  failed_changes failed;
  failed.note(make_data(), full, start, whole);
  EXPECT_EQ(failed.complaint(), "");
  failed.note(make_data(), full, start, whole);
  EXPECT_EQ(failed.complaint(), "create claim data: exceeded quota: q");
  failed.forget(make_data());
  EXPECT_EQ(failed.complaint(), "");
  EXPECT_EQ(failed.next_try(start), std::nullopt);
}

/// ReplaceClaim on its way back: the old claim is gone and must be made again.
restore_run run_on_its_way_back() {
  restore_run run;
  run.started = run.phase_since = at(0s);
  auto& restore = run.restore;
  restore.metadata.name_space = "shop";
  restore.status.phase = restore_phase::rolling_back;
  restore.status.reason = "RolloutTimeout";
  restore.status.message = "no pod was ready";
  restore.status.strategy = crds::restore_strategy::replace_claim;
  restore.status.workload = crds::restored_workload{"StatefulSet", "web", "uid-web", 1, ""};
  auto& row = restore.status.claims.emplace_back();
  row.claim = row.new_claim = "data";
  row.kept_claim = "kept";
  row.old_uid = "uid-data";
  row.old_volume = "pv-data";
  row.snapshot = "snap-data";
  restore_world world;
  world.volumes["pv-data"] = restore_case::volume("pv-data", "Retain");
  world.volumes["pv-data"].claim = {"shop", "data"};
  world.volumes["pv-data"].metadata.annotations = {
      {std::string{restore_mark::replaced_claim}, remembered_claim(restore_case::claim("data"))}};
  run.versions_at_rollback.emplace();
  run.seen = std::move(world);
  run.is_stale = false;
  return run;
}

TEST(failed_changes, a_refused_create_is_not_sent_again_at_once_on_the_way_back) {
  auto run = run_on_its_way_back();
  EXPECT_EQ(to_string(decide(run, at(0s))), "create claim data");
  run.not_taken.note(make_data(), full, start, whole);
  EXPECT_TRUE(std::holds_alternative<steps::wait_for_world>(decide(run, at(100ms))));
  EXPECT_EQ(to_string(decide(run, at(250ms))), "create claim data");
}

TEST(failed_changes, the_condition_has_the_words_of_the_server_while_the_way_back_is_tried) {
  auto run = run_on_its_way_back();
  run.not_taken.note(make_data(), full, start, whole);
  run.not_taken.note(make_data(), full, start, whole);
  const auto next = decide(run, at(100ms));
  const auto* written = std::get_if<steps::write_status>(&next);
  ASSERT_TRUE(written) << to_string(next);
  auto accepted = run.restore;
  accepted.status = status_of(run, written->target, at(100ms));
  note_written(run, std::move(accepted), at(100ms));
  EXPECT_EQ(run.restore.status.phase, restore_phase::rolling_back);
  EXPECT_EQ(run.restore.status.message, "no pod was ready");
  EXPECT_EQ(find_condition(run.restore.status.conditions, "Succeeded")->message,
            "no pod was ready. The server does not create claim data: exceeded quota: q");
  EXPECT_TRUE(std::holds_alternative<steps::wait_for_world>(decide(run, at(200ms)))) << "once";
}

TEST(failed_changes, words_that_do_not_fit_into_the_status_are_not_written_again_and_again) {
  auto run = run_on_its_way_back();
  run.not_taken.note(make_data(), full, start, whole);
  run.not_taken.note(make_data(), full, start, whole);
  note_written(run, run.restore, at(100ms)); // the server has not kept them
  EXPECT_TRUE(std::holds_alternative<steps::wait_for_world>(decide(run, at(100ms))));
}

TEST(failed_changes, a_rollback_that_could_not_finish_says_what_was_refused) {
  auto run = run_on_its_way_back();
  run.not_taken.note(make_data(), full, start, whole);
  run.not_taken.note(make_data(), full, start, whole);
  const auto next = decide(run, at(2h));
  const auto& target = std::get<steps::write_status>(next).target;
  EXPECT_EQ(target.reason, "RollbackIncomplete");
  EXPECT_THAT(target.message, HasSubstr("The server does not create claim data: " + full));
}

TEST(failed_changes, are_forgotten_with_their_phase) {
  auto run = run_on_its_way_back();
  run.not_taken.note(make_data(), full, start, whole);
  auto next = run.restore;
  next.status.phase = restore_phase::failed;
  adopt(run, std::move(next), at(1s));
  EXPECT_EQ(run.not_taken.next_try(start), std::nullopt);
}

TEST(failed_changes, a_timeout_on_the_way_forward_names_the_words_too) {
  auto run = run_on_its_way_back();
  run.restore.status.phase = restore_phase::provisioning;
  run.restore.status.claims[0].temporary_claim = "temporary";
  run.seen->claims["data"] = restore_case::claim("data");
  EXPECT_EQ(waits_for(run), "the server to accept: create claim temporary");
  const restore_change make{"create claim temporary", {}};
  run.not_taken.note(make, "503 Service Unavailable", start, whole);
  run.not_taken.note(make, "503 Service Unavailable", start, whole);
  EXPECT_EQ(waits_for(run),
            "the server to accept: create claim temporary: 503 Service Unavailable");
}

} // namespace
