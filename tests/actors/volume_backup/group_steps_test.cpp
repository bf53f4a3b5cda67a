#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/next_step.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

// What `decide` does for claims that are cut as a group.
namespace {

using namespace actors;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

std::string next(const observed& world, std::chrono::milliseconds when = 10s) {
  return to_string(decide(world, at(when)));
}

TEST(group_steps, claims_are_labelled_after_the_write_ahead_and_before_the_freeze) {
  auto world = backup_world{}.planned(1, 2).grouped();
  EXPECT_EQ(next(world), "hold finalizer");
  world.seen().finalizer = persisted::accepted;
  EXPECT_EQ(next(world), "write Freezing") << "a successor has to know that labels may be there";
  world.seen().freezing_status = persisted::accepted;
  EXPECT_EQ(next(world), "label claims");
  world.seen().claim_labels.asked = world.seen().claim_labels.write_is_out = true;
  EXPECT_EQ(next(world), "await fact");
  world.seen().claim_labels.write_is_out = false;
  world.labelled();
  EXPECT_EQ(next(world), "freeze pods");
}

TEST(group_steps, the_freeze_is_followed_by_cut_thaw_and_the_removal_of_the_labels) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing().frozen();
  EXPECT_EQ(next(world, 3s), "cut snapshots");
  world.requested().cut();
  EXPECT_EQ(next(world, 4s), "thaw pods") << "nothing outranks the thaw";
  world.thawing();
  EXPECT_EQ(next(world, 5s), "await fact") << "nor is anything written before it is confirmed";
  world.released();
  EXPECT_EQ(next(world, 6s), "unlabel claims");
  world.seen().claim_labels.removal_sent = true;
  EXPECT_EQ(next(world, 6s), "compare pods");
  world.seen().claim_labels.removal_sent = false;
  world.unlabelled().compared();
  EXPECT_EQ(next(world, 6s), "label members");
  world.seen().members_labelled = persisted::sent;
  EXPECT_EQ(next(world, 6s), "write Uploading");
  world.uploading().ready();
  EXPECT_EQ(next(world, 8s), "await fact") << "a backup that is complete has found its members";
  world.seen().members_labelled = persisted::accepted;
  EXPECT_EQ(next(world, 8s), "write final");
}

TEST(group_steps, the_cut_is_that_of_every_member_and_of_the_group) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing().frozen().requested();
  world.cut();
  for (auto* missing :
       {&world.seen().snapshots[0].cut, &world.seen().snapshots[1].cut, &world.seen().group->cut}) {
    const auto seen = std::exchange(*missing, std::nullopt);
    EXPECT_EQ(next(world, 4s), "await fact");
    *missing = seen;
  }
  EXPECT_EQ(next(world, 4s), "thaw pods");
}

TEST(group_steps, readiness_is_that_of_every_member_and_of_the_group) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().thawed_well().unlabelled();
  world.uploading().ready();
  world.seen().members_labelled = persisted::accepted;
  world.seen().group->ready.reset();
  EXPECT_EQ(next(world, 8s), "await fact");
  world.ready();
  EXPECT_EQ(next(world, 8s), "write final");
}

struct mishap {
  const char* name;
  void (*happens)(observed&);
  const char* ends_as;
};

void PrintTo(const mishap& what, std::ostream* out) {
  *out << what.name;
}

class group_mishaps : public testing::TestWithParam<mishap> {};

TEST_P(group_mishaps, end_with_the_group_deleted_and_the_labels_gone) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing().frozen().requested();
  GetParam().happens(world.seen());
  const auto chosen = decide(world, at(4s));
  ASSERT_EQ(to_string(chosen), GetParam().ends_as);
  world.seen().ending = std::get<step::give_up>(chosen).ending;
  EXPECT_EQ(next(world, 4s), "thaw pods");
  world.thawing().released();
  EXPECT_EQ(next(world, 6s), "unlabel claims");
  world.seen().claim_labels.removal_sent = true;
  EXPECT_EQ(next(world, 6s), "discard snapshots");
  EXPECT_EQ(world.seen().created_objects().size(), 1U) << "members go with their group";
  world.seen().group->discarded = at(6s);
  EXPECT_EQ(next(world, 6s), "await fact") << "the outcome waits for the labels";
  world.seen().claim_labels.removal_sent = false;
  world.unlabelled(6s);
  EXPECT_EQ(next(world, 7s), "write final");
}

INSTANTIATE_TEST_SUITE_P(
    , group_mishaps,
    testing::Values(mishap{"group_lost", [](observed& seen) { seen.group->lost = "no space"; },
                           "give up: SnapshotFailed"},
                    mishap{"member_lost", [](observed& seen) { seen.snapshots[1].lost = "gone"; },
                           "give up: SnapshotFailed"},
                    mishap{"cancelled", [](observed& seen) { seen.backup.spec.cancel = true; },
                           "give up: Cancelled"}),
    [](const auto& each) { return each.param.name; });

TEST(group_steps, a_failed_freeze_leaves_no_label) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing();
  world.released(messages::release::pre_hook_failed, 2s);
  const auto chosen = decide(world, at(2s));
  ASSERT_EQ(to_string(chosen), "give up: HookFailed");
  world.seen().ending = std::get<step::give_up>(chosen).ending;
  EXPECT_EQ(next(world, 2s), "unlabel claims");
  world.unlabelled(2s);
  EXPECT_EQ(next(world, 2s), "write final") << "there is no group to delete";
}

TEST(group_steps, labels_that_are_refused_fail_the_backup_before_anything_is_frozen) {
  auto world = backup_world{}.planned(1, 2).grouped().prepared();
  world.seen().claim_labels.asked = true;
  world.seen().claim_labels.refused = "quota";
  const auto chosen = decide(world, at(2s));
  ASSERT_EQ(to_string(chosen), "give up: LabelRefused");
  world.seen().ending = std::get<step::give_up>(chosen).ending;
  EXPECT_EQ(next(world, 2s), "unlabel claims") << "one of them may have it";
}

TEST(group_steps, labels_stay_for_a_cut_that_goes_on_without_the_freeze) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing();
  world.seen().backup.spec.hooks.on_failure = crds::on_hook_failure::crash_consistent;
  world.released(messages::release::pre_hook_failed, 2s);
  EXPECT_EQ(next(world, 3s), "cut snapshots");
  world.requested();
  EXPECT_EQ(next(world, 3s), "await fact");
  world.cut();
  EXPECT_EQ(next(world, 4s), "unlabel claims");
}

TEST(group_steps, labels_whose_write_was_never_answered_are_taken_off_twice) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled();
  world.seen().claim_labels.may_appear_until = at(40s).steady;
  world.thawed_well();
  EXPECT_EQ(next(world, 6s), "unlabel claims");
  world.unlabelled(6s);
  world.seen().members_labelled = persisted::accepted;
  world.uploading().ready();
  EXPECT_EQ(next(world, 7s), "await fact");
  EXPECT_EQ(next_deadline(world, at(7s)), at(40s).steady);
  EXPECT_EQ(next(world, 40s), "unlabel claims");
  world.unlabelled(40s);
  EXPECT_EQ(next(world, 40s), "write final");
}

TEST(group_steps, a_group_whose_create_was_never_answered_is_deleted_twice) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing().frozen().requested();
  world.thawing().released().unlabelled();
  world.seen().ending = ending{crds::backup_phase::failed, "FreezeExpired", "", false};
  world.seen().group->may_appear_until = at(40s).steady;
  EXPECT_EQ(next(world, 6s), "discard snapshots");
  world.seen().group->discarded = at(6s);
  EXPECT_EQ(next(world, 7s), "await fact");
  EXPECT_EQ(next_deadline(world, at(7s)), at(40s).steady);
  EXPECT_EQ(next(world, 40s), "discard snapshots");
}

TEST(group_steps, an_object_that_is_gone_still_has_its_labels_taken_off) {
  auto world = backup_world{}.planned(0, 2).grouped().prepared().labelled();
  world.seen().is_gone = true;
  world.seen().ending = ending{crds::backup_phase::cancelled, "Deleted", "", false};
  EXPECT_EQ(next(world), "end turn");
  world.seen().turn = turn_state::ended;
  EXPECT_EQ(next(world), "unlabel claims");
  world.seen().claim_labels.removal_sent = true;
  EXPECT_EQ(next(world), "await fact");
  world.seen().claim_labels.removal_sent = false;
  world.unlabelled(10s);
  EXPECT_EQ(next(world), "finish");
}

TEST(group_steps, a_freeze_that_expires_names_the_group_and_what_it_complained_of) {
  auto world = backup_world{}.planned(1, 2).grouped().labelled().freezing().frozen().requested();
  world.seen().group->trouble = "disk on fire";
  const auto chosen = decide(world, at(120s));
  ASSERT_EQ(to_string(chosen), "give up: FreezeExpired");
  EXPECT_NE(std::get<step::give_up>(chosen).ending.message.find(
                "VolumeGroupSnapshot nightly-group (disk on fire), claim-0, claim-1"),
            std::string::npos)
      << std::get<step::give_up>(chosen).ending.message;
}

} // namespace
