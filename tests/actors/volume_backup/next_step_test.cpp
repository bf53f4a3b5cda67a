#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_backup/next_step.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using messages::release;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

std::string next(const observed& world, std::chrono::milliseconds when = 10s) {
  return to_string(decide(world, at(when)));
}

TEST(next_step, asks_preflight_before_anything_else) {
  EXPECT_EQ(next(backup_world{}), "ask preflight");
}

TEST(next_step, holds_the_finalizer_then_persists_the_intent_then_freezes) {
  auto world = backup_world{}.planned(1, 1);
  EXPECT_EQ(next(world), "hold finalizer");
  world.seen().finalizer = persisted::accepted;
  EXPECT_EQ(next(world), "write Freezing");
  world.seen().freezing_status = persisted::sent;
  EXPECT_EQ(next(world), "await fact")
      << "nothing is frozen before the server has accepted the intent";
  world.seen().freezing_status = persisted::accepted;
  EXPECT_EQ(next(world), "freeze pods");
}

TEST(next_step, takes_its_turn_before_it_holds_anything) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().turn = turn_state::none;
  EXPECT_EQ(next(world), "take turn");
  world.seen().turn = turn_state::asked;
  EXPECT_EQ(next(world), "await fact");
  world.seen().turn = turn_state::delayed;
  world.seen().turn_asked = at(1s);
  EXPECT_EQ(next(world, 1s), "write Queued");
  world.seen().waits_for_slot = true;
  EXPECT_EQ(next(world, 5s), "await fact") << "a short wait is not worth a write";
  EXPECT_EQ(next_deadline(world, at(5s)), at(6s).steady);
  EXPECT_EQ(next(world, 6s), "write Queued");
  world.seen().queued_status = persisted::accepted;
  EXPECT_EQ(next(world), "await fact");
  world.seen().turn = turn_state::held;
  EXPECT_EQ(next(world), "hold finalizer");
}

TEST(next_step, says_that_it_waits_for_its_preflight_if_that_takes_long) {
  backup_world world;
  EXPECT_EQ(next(world), "ask preflight");
  world.seen().preflight = actors::preflight_state::asked;
  world.seen().preflight_asked = at(1s);
  EXPECT_EQ(next(world, 5s), "await fact");
  EXPECT_EQ(next_deadline(world, at(5s)), at(6s).steady);
  EXPECT_EQ(next(world, 6s), "write Queued");
  world.seen().queued_status = persisted::accepted;
  EXPECT_EQ(next(world, 7s), "await fact");
}

TEST(next_step, tells_a_wait_for_a_slot_later_if_it_told_one_for_preflight) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().turn = turn_state::delayed;
  world.seen().turn_asked = at(1s);
  world.seen().waits_for_slot = true;
  world.seen().is_held_up = true;
  EXPECT_EQ(next(world, 6s), "await fact");
  EXPECT_EQ(next_deadline(world, at(6s)), at(61s).steady);
  EXPECT_EQ(next(world, 61s), "write Queued");
  world.seen().waits_for_slot = false;
  EXPECT_EQ(next(world, 1s), "write Queued") << "another backup of this application is news";
}

TEST(next_step, without_hooks_the_drivers_are_waited_for_all_the_same) {
  auto world = backup_world{}.planned(0, 1);
  world.seen().turn = turn_state::none;
  EXPECT_EQ(next(world), "take turn");
  world.seen().backup.spec.dry_run = true;
  EXPECT_EQ(next(world), "hold finalizer") << "it freezes and cuts nothing";
}

TEST(next_step, a_turn_lasts_until_the_drivers_have_cut) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().thawing().released();
  world.seen().turn = turn_state::held;
  EXPECT_EQ(next(world), "cut snapshots") << "the freeze failed, the cut goes on without it";
  world.requested();
  EXPECT_EQ(next(world), "await fact");
  world.cut();
  EXPECT_EQ(next(world), "end turn");
}

TEST(next_step, a_turn_ends_when_every_pod_is_thawed_and_not_before) {
  auto world = backup_world{}.planned(2, 1).freezing().frozen().requested().cut().thawing();
  world.seen().turn = turn_state::held;
  world.released(0, release::thawed);
  EXPECT_EQ(next(world), "await fact");
  world.released(1, release::thawed);
  EXPECT_EQ(next(world), "end turn");
  world.seen().turn = turn_state::ended;
  EXPECT_EQ(next(world), "compare pods");
}

TEST(next_step, a_backup_that_is_cancelled_in_the_queue_ends) {
  auto world = backup_world{}.planned(1, 1).with([](observed& seen) {
    seen.turn = turn_state::delayed;
    seen.backup.spec.cancel = true;
  });
  EXPECT_EQ(next(world), "give up: Cancelled");
}

TEST(next_step, cuts_only_when_every_pod_is_frozen) {
  auto world = backup_world{}.planned(2, 1).freezing();
  world.seen().pods[0].frozen = at(2s);
  EXPECT_EQ(next(world, 3s), "await fact");
  world.seen().pods[1].frozen = at(2s);
  EXPECT_EQ(next(world, 3s), "cut snapshots");
}

TEST(next_step, looks_itself_now_and_then_while_it_holds_a_freeze_for_a_cut) {
  auto world = backup_world{}.planned(1, 2).freezing().frozen().requested(3s);
  EXPECT_EQ(next(world, 5s), "await fact");
  EXPECT_EQ(next_deadline(world, at(5s)), at(6s).steady);
  EXPECT_EQ(next(world, 6s), "look at snapshots");
  world.seen().look_is_out = true;
  EXPECT_EQ(next(world, 7s), "await fact") << "one read at a time";
  world.seen().look_is_out = false;
  world.seen().looked = at(7s);
  EXPECT_EQ(next(world, 9s), "await fact");
  EXPECT_EQ(next(world, 10s), "look at snapshots");
  world.cut(10s);
  EXPECT_EQ(next(world, 10s), "thaw pods") << "nothing outranks the thaw";
  world.thawing(10s);
  EXPECT_EQ(next(world, 20s), "await fact") << "nothing is frozen for the snapshots any more";
}

TEST(next_step, looks_at_nothing_that_was_not_asked_for) {
  EXPECT_EQ(next(backup_world{}.planned(2, 1).freezing(), 20s), "await fact");
}

TEST(next_step, thaws_as_soon_as_the_last_cut_is_seen) {
  auto world = backup_world{}.planned(1, 2).freezing().frozen().requested();
  world.seen().snapshots[0].cut = at(4s);
  EXPECT_EQ(next(world, 4s), "await fact");
  world.seen().snapshots[1].cut = at(4s);
  EXPECT_EQ(next(world, 4s), "thaw pods");
}

TEST(next_step, holds_a_driver_that_reports_its_cut_early_until_ready) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().requested().cut();
  world.seen().plan->thaw_on = crds::thaw_on::ready;
  EXPECT_EQ(next(world, 5s), "await fact");
  world.ready();
  EXPECT_EQ(next(world, 5s), "thaw pods");
}

TEST(next_step, after_the_thaw_compares_writes_waits_and_closes) {
  auto world
      = backup_world{}.planned(1, 1).freezing().frozen().requested().cut().thawing().released();
  EXPECT_EQ(next(world), "compare pods");
  world.compared();
  EXPECT_EQ(next(world), "write Uploading");
  world.uploading();
  EXPECT_EQ(next(world), "await fact");
  world.ready();
  EXPECT_EQ(next(world), "write final");
  world.seen().final_status = persisted::accepted;
  EXPECT_EQ(next(world), "drop finalizer");
  world.seen().finalizer_dropped = persisted::accepted;
  EXPECT_EQ(next(world), "finish");
}

TEST(next_step, without_hooks_cuts_without_freezing) {
  auto world = backup_world{}.planned(0, 1).prepared();
  EXPECT_EQ(next(world), "cut snapshots");
  world.requested().cut();
  EXPECT_EQ(next(world), "end turn");
  world.seen().turn = turn_state::ended;
  EXPECT_EQ(next(world), "write Uploading");
}

TEST(next_step, a_dry_run_freezes_and_thaws_and_cuts_nothing) {
  auto world = backup_world{}.planned(1, 1).freezing().with(
      [](observed& seen) { seen.backup.spec.dry_run = true; });
  EXPECT_EQ(next(world, 2s), "await fact");
  world.frozen();
  EXPECT_EQ(next(world, 3s), "thaw pods");
  world.thawing().released().compared();
  EXPECT_EQ(next(world), "write final");
}

TEST(next_step, a_dry_run_without_hooks_only_reports) {
  auto world = backup_world{}.planned(0, 1).prepared().with(
      [](observed& seen) { seen.backup.spec.dry_run = true; });
  EXPECT_EQ(next(world), "write final");
}

// Whatever goes wrong while frozen, the thaw comes next.

struct mishap {
  const char* name;
  void (*happens)(observed&);
  const char* reason;
};

class frozen_backup : public ::testing::TestWithParam<mishap> {};

TEST_P(frozen_backup, gives_up_then_thaws_then_discards_then_closes) {
  auto world = backup_world{}.planned(2, 2).freezing().frozen().requested();
  GetParam().happens(world.seen());
  const auto first = decide(world, at(9s));
  ASSERT_EQ(to_string(first), std::string{"give up: "} + GetParam().reason);
  world.seen().ending = std::get<step::give_up>(first).ending;
  EXPECT_EQ(next(world, 9s), "thaw pods");
  world.thawing();
  EXPECT_EQ(next(world, 9s), "await fact") << "it does not go on before the pods have answered";
  world.released();
  EXPECT_EQ(next(world, 9s), "discard snapshots");
  for (auto& snapshot : world.seen().snapshots)
    snapshot.discard_sent = true;
  EXPECT_EQ(next(world, 9s),
            GetParam().reason == std::string{"TotalTimeout"} ? "write final" : "await fact");
  for (auto& snapshot : world.seen().snapshots)
    snapshot.discarded = at(9s);
  EXPECT_EQ(next(world, 9s), "write final");
}

INSTANTIATE_TEST_SUITE_P(
    mishaps, frozen_backup,
    ::testing::Values(
        mishap{"cancelled", [](observed& seen) { seen.backup.spec.cancel = true; }, "Cancelled"},
        mishap{"deleted",
               [](observed& seen) { seen.backup.metadata.deletion_timestamp = at(8s).wall; },
               "Deleted"},
        mishap{"stopped", [](observed& seen) { seen.is_stopping = true; }, "OperatorStopped"},
        mishap{"snapshot_lost", [](observed& seen) { seen.snapshots[1].lost = "quota"; },
               "SnapshotFailed"},
        mishap{"max_freeze", [](observed& seen) { seen.plan->timeouts.max_freeze = 8s; },
               "FreezeExpired"},
        mishap{"total", [](observed& seen) { seen.plan->timeouts.total = 9s; }, "TotalTimeout"}),
    [](const auto& tested) { return tested.param.name; });

TEST(next_step, a_deleted_object_that_is_gone_ends_after_the_thaw_without_a_write) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().with(
      [](observed& seen) { seen.is_gone = true; });
  EXPECT_EQ(next(world, 3s), "give up: Deleted");
  world.seen().ending = ending{crds::backup_phase::cancelled, "Deleted", ""};
  EXPECT_EQ(next(world, 3s), "thaw pods");
  world.thawing().released();
  EXPECT_EQ(next(world, 9s), "finish");
}

TEST(next_step, one_failed_pre_hook_thaws_the_other_pods) {
  auto world = backup_world{}.planned(2, 1).freezing();
  world.seen().pods[0].frozen = at(2s);
  world.released(1, release::pre_hook_failed, 2s);
  EXPECT_EQ(next(world, 3s), "thaw pods");
  world.seen().pods[0].thaw_sent = at(3s);
  EXPECT_EQ(next(world, 3s), "give up: HookFailed");
}

TEST(next_step, a_lost_session_thaws_the_other_pods_before_its_rescue_has_ended) {
  auto world = backup_world{}.planned(2, 1).freezing().frozen().requested();
  world.seen().pods[1].lost = at(4s);
  world.seen().pods[1].was_lost_unasked = true;
  EXPECT_EQ(next(world, 4s), "thaw pods");
  world.thawing();
  world.seen().pods[1].thaw_sent.reset();
  EXPECT_EQ(next(world, 4s), "thaw pods") << "the lost one is asked too";
  world.seen().pods[1].thaw_sent = at(4s);
  EXPECT_EQ(next(world, 4s), "give up: SessionLost") << "nobody had asked it before";
}

TEST(next_step, a_session_that_is_lost_when_it_was_asked_to_thaw_does_not_fail_the_backup) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().requested().cut().thawing();
  world.seen().pods[0].lost = at(6s);
  EXPECT_EQ(next(world, 6s), "await fact");
}

TEST(next_step, with_crash_consistent_a_failed_hook_is_followed_by_the_cut) {
  auto world = backup_world{}.planned(2, 1).freezing().with([](observed& seen) {
    seen.backup.spec.hooks.on_failure = crds::on_hook_failure::crash_consistent;
  });
  world.released(0, release::pre_hook_failed, 2s);
  EXPECT_EQ(next(world, 3s), "thaw pods");
  world.seen().pods[1].thaw_sent = at(3s);
  EXPECT_EQ(next(world, 3s), "await fact");
  world.released(1, release::thawed, 4s);
  EXPECT_EQ(next(world, 5s), "cut snapshots");
}

TEST(next_step, a_pre_hook_that_hangs_fails_after_its_own_timeout_and_no_other) {
  auto world = backup_world{}.planned(1, 1).freezing(1s);
  EXPECT_EQ(next(world, 30999ms), "await fact");
  EXPECT_EQ(next(world, 31s), "give up: FreezeTimeout");
}

TEST(next_step, the_ready_timeout_counts_from_the_cut_and_keeps_what_was_cut) {
  auto world = backup_world{}.planned(1, 1).thawed_well().uploading();
  EXPECT_EQ(next(world, 4s + 1h - 13s), "await fact");
  EXPECT_EQ(next(world, 4s + 1h - 12s), "look at snapshots") << "the watch may be dead";
  EXPECT_EQ(next(world, 4s + 2h), "look at snapshots") << "not a failure before it is known";
  world.seen().looked = at(4s + 1h - 12s);
  EXPECT_EQ(next(world, 4s + 1h - 1ms), "await fact");
  const auto end = decide(world, at(4s + 1h));
  ASSERT_EQ(to_string(end), "give up: ReadyTimeout");
  world.seen().ending = std::get<step::give_up>(end).ending;
  EXPECT_EQ(next(world, 4s + 1h), "write final") << "a whole set may still become ready";
}

TEST(next_step, a_cancel_while_uploading_discards_the_set) {
  auto world = backup_world{}.planned(1, 1).thawed_well().uploading().with(
      [](observed& seen) { seen.backup.spec.cancel = true; });
  EXPECT_EQ(next(world), "give up: Cancelled");
  world.seen().ending = ending{crds::backup_phase::cancelled, "Cancelled", ""};
  EXPECT_EQ(next(world), "discard snapshots");
}

TEST(next_step, half_a_set_that_is_left_when_somebody_deletes_the_rest_is_discarded) {
  auto world = backup_world{}.planned(1, 2).thawed_well().uploading();
  world.seen().snapshots[0].lost = "deleted";
  world.seen().ending = ending{crds::backup_phase::failed, "SnapshotFailed", ""};
  EXPECT_EQ(next(world), "discard snapshots");
}

TEST(next_step, the_pods_are_probed_before_the_turn_is_taken) {
  auto world = backup_world{}.planned(2, 1);
  world.seen().plan->pods[1].hooks.pods = freeze_session::hook_pods::probe;
  EXPECT_EQ(next(world), "probe pods");
  world.seen().probe = probe_state::asked;
  EXPECT_EQ(next(world), "await fact");
  world.seen().probe = probe_state::answered;
  EXPECT_NE(next(world), "probe pods");
}

TEST(next_step, a_set_that_is_completed_after_the_end_does_not_stay) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().requested();
  world.seen().plan->timeouts.max_freeze = 8s;
  world.seen().ending = std::get<step::give_up>(decide(world, at(20s))).ending;
  world.thawing().released().cut();
  EXPECT_EQ(next(world, 21s), "discard snapshots")
      << "its moment has nothing to do with the freeze";
}

TEST(next_step, does_not_discard_while_a_create_is_unanswered) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().requested().thawing().released();
  world.seen().ending = ending{crds::backup_phase::failed, "FreezeExpired", ""};
  world.seen().snapshots[0].create_is_out = true;
  EXPECT_EQ(next(world), "await fact") << "the object could appear after the delete";
  world.seen().snapshots[0].create_is_out = false;
  EXPECT_EQ(next(world), "discard snapshots");
}

TEST(next_step, discards_once_more_what_an_unanswered_create_may_still_bring) {
  auto world = backup_world{}.planned(1, 1).freezing().frozen().requested().thawing().released();
  world.seen().ending = ending{crds::backup_phase::failed, "FreezeExpired", ""};
  auto& snapshot = world.seen().snapshots[0];
  snapshot.may_appear_until = at(40s).steady;
  EXPECT_EQ(next(world, 10s), "discard snapshots");
  snapshot.discard_sent = true;
  EXPECT_EQ(next(world, 11s), "await fact");
  snapshot.discard_sent = false;
  snapshot.discarded = at(11s);
  EXPECT_EQ(next(world, 39s), "await fact");
  EXPECT_EQ(next_deadline(world, at(39s)), at(40s).steady);
  EXPECT_EQ(next(world, 40s), "discard snapshots");
  snapshot.discarded = at(40s);
  EXPECT_EQ(next(world, 40s), "write final");
}

TEST(next_step, a_refused_backup_writes_its_outcome_and_takes_no_finalizer) {
  auto world = backup_world{}.with([](observed& seen) {
    seen.preflight = preflight_state::answered;
    seen.refused = refusal{"NoClaims", "nothing to back up"};
  });
  EXPECT_EQ(next(world), "give up: NoClaims");
  world.seen().ending = ending{crds::backup_phase::failed, "NoClaims", ""};
  EXPECT_EQ(next(world), "write final");
  world.seen().final_status = persisted::accepted;
  EXPECT_EQ(next(world), "finish");
}

TEST(next_step, a_write_is_repeated_only_after_its_pause) {
  auto world = backup_world{}.planned(1, 1);
  world.seen().writes_resume = at(11s).steady;
  EXPECT_EQ(next(world, 10s), "await fact");
  EXPECT_EQ(next_deadline(world, at(10s)), at(11s).steady);
  EXPECT_EQ(next(world, 11s), "hold finalizer");
}

TEST(next_step, stopping_before_the_first_write_leaves_the_backup_to_the_next_operator) {
  auto world = backup_world{}.planned(1, 1).with([](observed& seen) { seen.is_stopping = true; });
  EXPECT_EQ(next(world), "finish");
}

TEST(next_step, stopping_while_uploading_lets_the_upload_go_on) {
  auto world = backup_world{}.planned(1, 1).thawed_well().with(
      [](observed& seen) { seen.is_stopping = true; });
  EXPECT_EQ(next(world), "write Uploading");
  world.uploading();
  EXPECT_EQ(next(world), "finish");
}

TEST(next_step, the_next_deadline_is_the_earliest_that_lies_ahead) {
  auto world = backup_world{}.planned(1, 1).freezing(1s);
  EXPECT_EQ(next_deadline(world, at(2s)), at(31s).steady) << "freeze";
  world.frozen();
  EXPECT_EQ(next_deadline(world, at(2s)), at(61s).steady) << "maxFreeze";
  world.requested().cut().thawing().released();
  EXPECT_EQ(next_deadline(world, at(7s)), at(4s + 1h - 12s).steady) << "ready";
}

} // namespace
