#include "actors/volume_backup/verdict.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using crds::consistency;
using freeze_session::lock_lifetime;
using messages::release;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

/// A backup of two pods and two claims in which one thing is different.
struct difference {
  const char* name;
  void (*change)(observed&);
  consistency expected;
  const char* reason;
};

class verdict_table : public ::testing::TestWithParam<difference> {};

TEST_P(verdict_table, says) {
  auto world = backup_world{}.planned(2, 2).thawed_well();
  GetParam().change(world.seen());
  const auto judged = verdict_of(world);
  EXPECT_EQ(judged.consistency, GetParam().expected) << judged.message;
  EXPECT_EQ(judged.reason, GetParam().reason);
}

void end_second_pod(observed& seen, release how) {
  seen.pods[1].end->how = how;
}

INSTANTIATE_TEST_SUITE_P(
    differences, verdict_table,
    ::testing::Values(
        difference{"nothing", [](observed&) {}, consistency::application, "Frozen"},
        difference{"pod_was_not_frozen", [](observed& seen) { seen.pods[1].frozen.reset(); },
                   consistency::crash, "HookFailed"},
        difference{"another_pod_writes",
                   [](observed& seen) { seen.plan->unhooked_pods = {"cron"}; }, consistency::crash,
                   "ForeignWriter"},
        difference{"one_shot_lock",
                   [](observed& seen) {
                     seen.plan->pods[0].one_shot.lifetime = lock_lifetime::ends_with_client;
                   },
                   consistency::crash, "LockLost"},
        difference{
            "perhaps_one_shot_lock",
            [](observed& seen) { seen.plan->pods[0].one_shot.lifetime = lock_lifetime::unsure; },
            consistency::unknown, "LockUnsure"},
        difference{"asked_before_last_frozen",
                   [](observed& seen) { seen.snapshots[0].requested = at(1500ms); },
                   consistency::crash, "CutTooEarly"},
        difference{"snapshot_of_an_earlier_run",
                   [](observed& seen) { seen.snapshots[0].is_from_earlier_run = true; },
                   consistency::unknown, "SnapshotAdopted"},
        difference{"cut_seen_after_thaw",
                   [](observed& seen) { seen.snapshots[1].cut = at(5500ms); }, consistency::unknown,
                   "CutTooLate"},
        difference{"session_ended_early",
                   [](observed& seen) { end_second_pod(seen, release::thawed_itself); },
                   consistency::unknown, "SessionLost"},
        difference{"rescued", [](observed& seen) { end_second_pod(seen, release::rescued); },
                   consistency::unknown, "SessionLost"},
        difference{"unconfirmed",
                   [](observed& seen) { end_second_pod(seen, release::unconfirmed); },
                   consistency::unknown, "SessionLost"},
        difference{"post_hook_failed",
                   [](observed& seen) { end_second_pod(seen, release::post_hook_failed); },
                   consistency::unknown, "PostHookFailed"},
        difference{"identity_changed",
                   [](observed& seen) { seen.identity = identity_state::changed; },
                   consistency::unknown, "PodChanged"},
        difference{"not_compared",
                   [](observed& seen) { seen.identity = identity_state::not_asked; },
                   consistency::unknown, "PodChanged"},
        difference{"cut_time_just_inside",
                   [](observed& seen) { seen.snapshots[0].seen.creation_time = at(11s).wall; },
                   consistency::application, "Frozen"},
        difference{"cut_time_before_the_freeze",
                   [](observed& seen) { seen.snapshots[0].seen.creation_time = at(-3001ms).wall; },
                   consistency::unknown, "CreationTimeOutsideFreeze"},
        difference{"cut_time_after_the_thaw",
                   [](observed& seen) { seen.snapshots[0].seen.creation_time = at(11001ms).wall; },
                   consistency::unknown, "CreationTimeOutsideFreeze"}),
    [](const auto& tested) { return tested.param.name; });

TEST(verdict, is_crash_without_hooks) {
  const auto judged = verdict_of(backup_world{}.planned(0, 1).prepared().requested().cut());
  EXPECT_EQ(judged.consistency, consistency::crash);
  EXPECT_EQ(judged.reason, "NoHooks");
}

TEST(verdict, known_crash_outranks_missing_facts) {
  auto world = backup_world{}.planned(2, 2).thawed_well();
  world.seen().pods[0].frozen.reset();
  end_second_pod(world.seen(), release::unconfirmed);
  EXPECT_EQ(verdict_of(world).consistency, consistency::crash);
}

} // namespace
