#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_backup/next_step.hpp"
#include "actors/volume_backup/progress.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/verdict.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using crds::backup_phase;
using messages::release;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

std::string next(const observed& world, std::chrono::milliseconds when = 100s) {
  return to_string(decide(world, at(when)));
}

/// The backup as the API server has it after that write of another process.
crds::volume_backup left_behind(const observed& world, std::chrono::milliseconds when) {
  auto backup = world.backup;
  backup.status = status_of(world, at(when));
  backup.metadata.finalizers = {std::string{crds::volume_backup::finalizer}};
  return backup;
}

/// Two pods, two claims, ended right after the write-ahead; or before, for all that anybody knows,
/// the thaw.
crds::volume_backup left_freezing() {
  return left_behind(backup_world{}.planned(2, 2).prepared(), 1s);
}

k8s::pod pod(const std::string& name, const std::string& uid) {
  k8s::pod made;
  made.metadata.name = name;
  made.metadata.uid = uid;
  made.metadata.annotations = {{"backups.example.com.pre-hook", "freeze it"},
                               {"backups.example.com.post-hook", "thaw it"}};
  return made;
}

k8s::volume_snapshot snapshot(const std::string& name, const std::string& owner, bool is_cut) {
  k8s::volume_snapshot made;
  made.metadata.name = name;
  made.metadata.name_space = "shop";
  made.metadata.uid = "uid-" + name;
  made.metadata.labels = {{"backups.example.com/backup-uid", owner}};
  if (is_cut)
    made.creation_time = at(5s).wall;
  return made;
}

/// Taken up after 100 s, with both pods thawed by a rescue.
void rescued(observed& world, std::chrono::milliseconds when) {
  note_earlier_pods(world, {pod("pod-0", "uid-pod-0"), pod("pod-1", "uid-pod-1")}, at(when));
  for (std::size_t i = 0; i < 2; ++i) {
    world.pods[i].released = at(when);
    world.pods[i].end = messages::pod_released{i, release::rescued, {}, 0, "", "", at(when).wall};
  }
}

observed thawed_again() {
  auto world = take_up(left_freezing(), at(100s));
  rescued(world, 101s);
  return world;
}

observed found_cut(bool first, bool second) {
  auto world = thawed_again();
  note_earlier_snapshots(
      world, {snapshot("snapshot-0", "uid-1", first), snapshot("snapshot-1", "uid-1", second)},
      at(101s));
  return world;
}

TEST(recovery, a_new_backup_begins_at_its_start) {
  EXPECT_EQ(next(take_up(backup_world{}.seen().backup, at(100s))), "ask preflight");
}

TEST(recovery, what_may_be_frozen_is_thawed_before_anything_else) {
  EXPECT_EQ(next(take_up(left_freezing(), at(100s))), "thaw earlier pods");
  for (const auto phase :
       {backup_phase::freezing, backup_phase::snapshotting, backup_phase::thawing}) {
    auto backup = left_freezing();
    backup.status.phase = phase;
    EXPECT_EQ(next(take_up(backup, at(100s))), "thaw earlier pods") << to_string(phase);
  }
}

TEST(recovery, neither_cancel_nor_deletion_nor_total_goes_before_the_thaw) {
  for (const auto change :
       {+[](observed& world) { world.backup.spec.cancel = true; },
        +[](observed& world) { world.backup.metadata.deletion_timestamp = at(50s).wall; },
        +[](observed& world) { world.started = at(-48h); }}) {
    auto world = take_up(left_freezing(), at(100s));
    change(world);
    auto end = decide(world, at(100s));
    ASSERT_TRUE(std::holds_alternative<step::give_up>(end));
    world.ending = std::get<step::give_up>(end).ending;
    EXPECT_EQ(next(world), "thaw earlier pods");
    world.earlier->pods_asked = world.earlier->pods_known = true;
    EXPECT_EQ(next(world), "await fact") << "the rescues are out";
  }
}

TEST(recovery, a_pod_that_is_gone_or_was_replaced_took_its_freeze_with_it) {
  auto world = take_up(left_freezing(), at(100s));
  note_earlier_pods(world, {pod("pod-1", "another")}, at(100s));
  EXPECT_TRUE(world.all_released());
}

TEST(recovery, the_rescue_runs_the_post_hook_that_the_pod_declares) {
  auto world = take_up(left_freezing(), at(100s));
  note_earlier_pods(world, {pod("pod-0", "uid-pod-0")}, at(100s));
  EXPECT_FALSE(world.pods[0].released);
  EXPECT_EQ(world.plan->pods[0].hooks.post, "thaw it");
  EXPECT_TRUE(world.pods[1].released);
}

TEST(recovery, the_rescue_runs_the_post_hook_of_the_providers_preset) {
  auto left = backup_world{}.planned(1, 1).prepared();
  observed before = left;
  before.plan->pods[0].hooks.preset = "fsfreeze";
  auto world = take_up(left_behind(before, 1s), at(100s));
  auto found = pod("pod-0", "uid-pod-0");
  found.metadata.annotations.clear();
  found.containers = {{"main", {{"volume", "/data", ""}}}};
  found.claims = {{"volume", "claim-0"}};
  note_earlier_pods(world, {found}, at(100s));
  EXPECT_EQ(world.plan->pods[0].hooks.post.rfind("set -- '/data' ''\n", 0), 0U);
}

TEST(recovery, a_set_that_is_cut_goes_on_to_ready_and_nobody_knows_how_consistent_it_is) {
  auto world = found_cut(true, true);
  EXPECT_EQ(next(world), "go on to ready");
  go_on_to_ready(world);
  EXPECT_EQ(next(world), "end turn");
  world.turn = turn_state::ended;
  EXPECT_EQ(next(world), "follow snapshots");
  world.is_followed = true;
  EXPECT_EQ(next(world), "write Uploading");
  EXPECT_EQ(verdict_of(world).consistency, crds::consistency::unknown);
  EXPECT_EQ(verdict_of(world).reason, "Interrupted");
  EXPECT_EQ(status_of(world, at(102s)).cut_at, at(5s).wall);
}

TEST(recovery, without_hooks_nothing_was_frozen_and_the_set_is_crash_consistent) {
  auto world = take_up(left_behind(backup_world{}.planned(0, 1).prepared(), 1s), at(100s));
  note_earlier_pods(world, {}, at(100s));
  note_earlier_snapshots(world, {snapshot("snapshot-0", "uid-1", true)}, at(100s));
  ASSERT_EQ(next(world), "go on to ready");
  go_on_to_ready(world);
  EXPECT_EQ(verdict_of(world).consistency, crds::consistency::crash);
}

TEST(recovery, a_set_that_is_not_cut_whole_is_discarded_and_the_backup_begins_again) {
  auto world = found_cut(true, false);
  EXPECT_EQ(next(world, 101s), "discard snapshots");
  for (auto& one : world.snapshots)
    one.discarded = at(102s);
  EXPECT_EQ(next(world, 129s), "await fact") << "a late exec of the first run may still freeze";
  EXPECT_EQ(next(world, 130s), "thaw late pods") << "one may have";
  expect_late_freezes(world, at(130s));
  EXPECT_EQ(next(world, 130s), "thaw earlier pods");
  rescued(world, 131s);
  EXPECT_EQ(next(world, 131s), "find earlier snapshots") << "a create may have been late, too";
  note_earlier_snapshots(world, {}, at(131s));
  EXPECT_EQ(next(world, 131s), "begin again");
  const auto again = begin_again(world);
  EXPECT_EQ(next(again, 130s), "ask preflight");
  EXPECT_EQ(again.turn, turn_state::none) << "another of this workload may have been left, too";
  EXPECT_EQ(again.started.wall, at(0s).wall) << "total counts from the first start";
  EXPECT_EQ(again.backup.status.attempts, 1);
}

TEST(recovery, a_snapshot_of_the_first_run_that_appears_late_is_discarded) {
  auto world = thawed_again();
  note_earlier_snapshots(world, {}, at(101s));
  expect_late_freezes(world, at(130s));
  rescued(world, 130s);
  ASSERT_EQ(next(world, 130s), "find earlier snapshots");
  note_earlier_snapshots(world, {snapshot("snapshot-1", "uid-1", false)}, at(130s));
  EXPECT_EQ(next(world, 130s), "discard snapshots");
}

TEST(recovery, somebody_elses_snapshot_of_that_name_is_left_alone) {
  auto world = thawed_again();
  note_earlier_snapshots(
      world, {snapshot("snapshot-0", "another", true), snapshot("snapshot-1", "another", true)},
      at(101s));
  EXPECT_FALSE(world.any_requested());
  EXPECT_EQ(next(world, 129s), "await fact");
  EXPECT_EQ(next(world, 130s), "thaw late pods");
}

TEST(recovery, a_cancelled_backup_discards_what_the_first_run_made) {
  auto world = found_cut(true, true);
  world.backup.spec.cancel = true;
  world.ending = std::get<step::give_up>(decide(world, at(102s))).ending;
  EXPECT_EQ(next(world, 102s), "discard snapshots");
}

TEST(recovery, a_stop_in_the_middle_waits_for_the_thaw_only) {
  auto world = take_up(left_freezing(), at(100s));
  world.is_stopping = true;
  EXPECT_EQ(next(world), "thaw earlier pods");
  auto thawed = thawed_again();
  thawed.is_stopping = true;
  EXPECT_EQ(next(thawed), "finish");
}

TEST(recovery, a_set_that_was_cut_long_ago_is_looked_at_before_it_is_too_late_for_it) {
  auto world = take_up(left_freezing(), at(2h));
  world.plan->timeouts.total = 24h;
  rescued(world, 2h);
  note_earlier_snapshots(
      world, {snapshot("snapshot-0", "uid-1", true), snapshot("snapshot-1", "uid-1", true)},
      at(2h));
  EXPECT_EQ(next(world, 2h), "go on to ready") << "not: ReadyTimeout";
}

TEST(recovery, what_became_ready_while_nobody_watched_counts_however_long_that_was) {
  const auto backup = left_behind(backup_world{}.planned(1, 1).thawed_well(), 8s);
  const auto late = 2h;
  auto world = take_up(backup, at(late));
  world.plan->timeouts.total = 24h;
  EXPECT_EQ(next(world, late), "follow snapshots") << "not: ReadyTimeout";
  world.is_followed = true;
  world.looked = at(late);
  EXPECT_EQ(next(world, late + 11s), "await fact") << "its watchers may be about to tell";
  EXPECT_EQ(next(world, late + 12s), "give up: ReadyTimeout");
}

TEST(recovery, an_upload_goes_on_with_the_verdict_that_was_written) {
  const auto backup = left_behind(backup_world{}.planned(1, 1).thawed_well(), 8s);
  ASSERT_EQ(backup.status.phase, backup_phase::uploading);
  auto world = take_up(backup, at(100s));
  EXPECT_EQ(next(world), "follow snapshots");
  world.is_followed = true;
  EXPECT_EQ(next(world), "await fact");
  world.looked = at(100s);
  EXPECT_EQ(next_deadline(world, at(100s)), at(4s + 1h - 12s).steady)
      << "ready counts from the cut, and before that they are looked at once more";
  for (auto& one : world.snapshots)
    one.ready = at(110s);
  EXPECT_EQ(next(world, 110s), "write final");
  const auto status = status_of(world, at(110s));
  EXPECT_EQ(status.phase, backup_phase::completed);
  EXPECT_EQ(status.consistency, crds::consistency::application);
  EXPECT_EQ(status.message, backup.status.message);
  EXPECT_EQ(status.thawed_at, backup.status.thawed_at);
  EXPECT_EQ(status.freeze_milliseconds, backup.status.freeze_milliseconds);
  for (const auto& one : status.conditions)
    EXPECT_EQ(one.status, crds::condition_status::is_true) << one.type;
}

TEST(recovery, a_finished_backup_only_gives_up_its_finalizer) {
  auto backup = backup_world{}.seen().backup;
  backup.status.phase = backup_phase::completed;
  backup.metadata.finalizers = {std::string{crds::volume_backup::finalizer}};
  EXPECT_EQ(next(take_up(backup, at(0s))), "drop finalizer");
}

} // namespace
