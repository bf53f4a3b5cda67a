#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/next_step.hpp"
#include "actors/volume_backup/progress.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "tests/support/backup_world.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;
using nlohmann::json;
using support::at;
using support::backup_world;
using namespace std::chrono_literals;

const std::string label = "backups.example.com/group-uid-1";

TEST(group, finds_its_claims_by_a_label_of_this_backup_and_attempt) {
  auto world = backup_world{}.planned(1, 2).grouped();
  world.seen().plan->attempt = 2;
  const auto object = volume_group_snapshot_of(world.seen().backup, *world.seen().plan);
  EXPECT_EQ(object.at("apiVersion"), "groupsnapshot.storage.k8s.io/v1");
  EXPECT_EQ(object.at("metadata").at("name"), "nightly-group");
  EXPECT_EQ(object.at("spec"),
            (json{{"volumeGroupSnapshotClassName", "groups"},
                  {"source", {{"selector", {{"matchLabels", {{label, "2"}}}}}}}}));
  const auto command = labels_of_claims(world, claim_label::on);
  ASSERT_EQ(command.objects.size(), 2U);
  EXPECT_EQ(command.objects[1].name, "claim-1");
  EXPECT_EQ(command.objects[1].uid, "uid-claim");
  EXPECT_EQ(*command.objects[1].metadata, (json{{"labels", {{label, "2"}}}}));
  EXPECT_FALSE(command.may_be_gone);
}

TEST(group, takes_nothing_but_its_label_off_a_claim) {
  const auto command = labels_of_claims(backup_world{}.planned(1, 1).grouped(), claim_label::off);
  EXPECT_EQ(*command.objects.front().metadata, (json{{"labels", {{label, nullptr}}}}));
  EXPECT_TRUE(command.may_be_gone);
}

TEST(group, is_owned_by_its_backup_or_retained) {
  auto world = backup_world{}.planned(1, 1).grouped();
  const auto metadata = [&world] {
    return volume_group_snapshot_of(world.seen().backup, *world.seen().plan).at("metadata");
  };
  EXPECT_EQ(metadata().at("ownerReferences").at(0).at("uid"), "uid-1");
  EXPECT_EQ(metadata().at("labels"), (json{{"backups.example.com/backup-uid", "uid-1"}}));
  world.seen().backup.spec.deletion_policy = crds::deletion_policy::retain;
  EXPECT_FALSE(metadata().contains("ownerReferences"));
  EXPECT_EQ(metadata().at("labels").at("backups.example.com/retained"), "true");
}

TEST(group, has_a_name_of_its_own_for_each_attempt) {
  EXPECT_EQ(group_name("nightly", "u", 1), group_name("nightly", "u", 1));
  EXPECT_NE(group_name("nightly", "u", 1), group_name("nightly", "u", 2));
  EXPECT_NE(group_name("nightly", "u", 1), group_name("nightly", "v", 1));
}

TEST(group, gives_its_members_what_snapshots_of_a_backup_have_but_no_owner) {
  auto world = backup_world{}.planned(1, 2).grouped();
  world.seen().snapshots[1].seen.name = "snapshot-abc";
  world.seen().snapshots[1].seen.uid = "uid-member";
  const auto command = labels_of_members(world);
  EXPECT_EQ(command.of, messages::label_objects::kind::snapshots);
  EXPECT_EQ(command.objects[1].name, "snapshot-abc");
  EXPECT_EQ(command.objects[1].uid, "uid-member");
  EXPECT_EQ(*command.objects[1].metadata,
            (json{{"labels", {{"backups.example.com/backup-uid", "uid-1"}}},
                  {"annotations",
                   {{"backups.example.com/backup", "nightly"},
                    {"backups.example.com/claim", "claim-1"}}}}));
}

TEST(group, is_followed_after_its_members) {
  const auto world = backup_world{}.planned(1, 2).grouped();
  const observed& seen = world;
  const auto keys = followed_keys(*seen.plan, "shop");
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_EQ(keys[0], member_key("shop", "nightly-group", "claim-0"));
  EXPECT_EQ(keys[2], group_key("shop", "nightly-group"));
  EXPECT_EQ(name_of_followed(*seen.plan, 1), "claim claim-1");
  EXPECT_EQ(name_of_followed(*seen.plan, 2), "VolumeGroupSnapshot nightly-group");
}

k8s::volume_snapshot member(const std::string& claim) {
  k8s::volume_snapshot made;
  made.metadata.name = "snapshot-of-" + claim;
  made.metadata.name_space = "shop";
  made.metadata.uid = "uid-of-" + claim;
  made.group = "nightly-group";
  made.source_claim = claim;
  made.creation_time = at(4s).wall;
  return made;
}

k8s::volume_group_snapshot group_of(const std::string& backup_uid) {
  k8s::volume_group_snapshot made;
  made.metadata.name = "nightly-group";
  made.metadata.name_space = "shop";
  made.metadata.uid = "uid-group";
  made.metadata.labels = {{"backups.example.com/backup-uid", backup_uid}};
  made.creation_time = at(4s).wall;
  return made;
}

/// The status that a process wrote before it ended, taken up by the next one.
observed taken_up(const observed& before) {
  auto backup = before.backup;
  backup.status = status_of(before, at(5s));
  return take_up(backup, at(60s));
}

TEST(group_recovery, thaws_then_takes_the_labels_off_then_looks_for_the_group) {
  auto world = taken_up(backup_world{}.planned(0, 2).grouped().labelled().prepared().requested());
  ASSERT_TRUE(world.group && world.plan->group);
  EXPECT_EQ(world.plan->group->name, "nightly-group");
  EXPECT_EQ(to_string(decide(world, at(60s))), "unlabel claims");
  world.claim_labels.removal_sent = true;
  EXPECT_EQ(to_string(decide(world, at(60s))), "thaw earlier pods");
  world.earlier->pods_known = true;
  EXPECT_EQ(to_string(decide(world, at(60s))), "find earlier snapshots");
}

TEST(group_recovery, leaves_the_labels_until_what_may_be_frozen_is_thawed) {
  auto world = taken_up(backup_world{}.planned(1, 2).grouped().labelled().freezing());
  EXPECT_EQ(to_string(decide(world, at(60s))), "thaw earlier pods");
  world.earlier->pods_known = true;
  EXPECT_EQ(to_string(decide(world, at(60s))), "await fact");
  world.pods[0].released = at(61s);
  world.pods[0].end.emplace();
  EXPECT_EQ(to_string(decide(world, at(61s))), "unlabel claims");
}

TEST(group_recovery, goes_on_to_ready_with_a_group_that_is_cut) {
  auto world = taken_up(backup_world{}.planned(0, 2).grouped().labelled().prepared().requested());
  world.earlier->pods_known = true;
  world.claim_labels.removed = at(60s);
  note_earlier_group(world, {{member("claim-1"), member("claim-0")}, group_of("uid-1")}, at(60s));
  EXPECT_EQ(world.snapshots[0].seen.name, "snapshot-of-claim-0");
  EXPECT_EQ(world.snapshots[0].uid, "uid-of-claim-0");
  EXPECT_EQ(to_string(decide(world, at(60s))), "go on to ready");
  go_on_to_ready(world);
  EXPECT_EQ(to_string(decide(world, at(60s))), "label members");
}

TEST(group_recovery, discards_a_group_that_lacks_a_member_and_begins_again) {
  auto world = taken_up(backup_world{}.planned(0, 2).grouped().labelled().prepared().requested());
  world.earlier->pods_known = true;
  world.claim_labels.removed = at(60s);
  note_earlier_group(world, {{member("claim-0")}, group_of("uid-1")}, at(60s));
  EXPECT_EQ(to_string(decide(world, at(60s))), "discard snapshots");
  EXPECT_EQ(world.created_objects()[0].uid, "uid-group");
  world.group->discarded = at(60s);
  EXPECT_EQ(to_string(decide(world, at(61s))), "await fact") << "a late create could meet it";
  EXPECT_EQ(to_string(decide(world, at(90s))), "find earlier snapshots");
  note_earlier_group(world, {}, at(90s));
  EXPECT_EQ(to_string(decide(world, at(90s))), "begin again");
  EXPECT_FALSE(begin_again(world).claim_labels.asked);
}

TEST(group_recovery, without_a_group_the_labels_are_taken_off_again_before_it_begins_again) {
  auto world = taken_up(backup_world{}.planned(0, 2).grouped().labelled().prepared());
  world.earlier->pods_known = true;
  world.claim_labels.removed = at(60s);
  note_earlier_group(world, {}, at(60s));
  EXPECT_EQ(to_string(decide(world, at(61s))), "await fact");
  note_earlier_group(world, {}, at(90s));
  EXPECT_EQ(to_string(decide(world, at(90s))), "unlabel claims")
      << "the write may have been on its way when its process ended";
  world.claim_labels.removed = at(90s);
  EXPECT_EQ(to_string(decide(world, at(90s))), "begin again");
}

TEST(group_recovery, leaves_a_group_alone_that_is_somebody_elses) {
  auto world = taken_up(backup_world{}.planned(0, 1).grouped().labelled().prepared());
  note_earlier_group(world, {{member("claim-0")}, group_of("another")}, at(60s));
  EXPECT_FALSE(world.group->requested);
  EXPECT_FALSE(world.any_requested());
}

TEST(group_recovery, of_an_upload_knows_group_and_members) {
  auto before = backup_world{}.planned(0, 2).grouped().labelled().prepared().requested().cut();
  for (auto& snapshot : before.seen().snapshots)
    snapshot.seen.name = "snapshot-1";
  const auto world = taken_up(before);
  EXPECT_EQ(world.backup.status.phase, crds::backup_phase::uploading);
  EXPECT_EQ(world.backup.status.volume_group_snapshot_name, "nightly-group");
  EXPECT_TRUE(world.all_cut());
  EXPECT_EQ(world.snapshots[1].seen.name, "snapshot-1");
  EXPECT_EQ(to_string(decide(world, at(60s))), "unlabel claims");
}

} // namespace
