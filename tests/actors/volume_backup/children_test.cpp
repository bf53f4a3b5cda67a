#include "actors/volume_backup/children.hpp"

#include <gtest/gtest.h>

namespace {

using namespace actors;

crds::volume_backup backup() {
  crds::volume_backup made;
  made.metadata.name = "nightly";
  made.metadata.name_space = "shop";
  made.metadata.uid = "uid-1";
  return made;
}

TEST(snapshot_name, is_the_same_for_the_same_backup_and_claim_and_no_other) {
  EXPECT_EQ(snapshot_name("nightly", "uid-1", "data", 1),
            snapshot_name("nightly", "uid-1", "data", 1));
  EXPECT_NE(snapshot_name("nightly", "uid-1", "data", 1),
            snapshot_name("nightly", "uid-1", "data", 2))
      << "another attempt";
  EXPECT_NE(snapshot_name("nightly", "uid-1", "data", 1),
            snapshot_name("nightly", "uid-2", "data", 1))
      << "a recreated backup";
  EXPECT_NE(snapshot_name("a-b", "uid-1", "c", 1), snapshot_name("a", "uid-1", "b-c", 1))
      << "the same letters split otherwise";
}

TEST(snapshot_name, fits_into_253_characters_and_stays_a_dns_name) {
  const auto name = snapshot_name(std::string(250, 'n'), "uid", std::string(253, 'c'), 1);
  EXPECT_LE(name.size(), 253U);
  const auto dotted = snapshot_name(std::string(241, 'n') + "....", "uid", "c", 1);
  EXPECT_EQ(dotted.find(".-"), std::string::npos) << dotted;
}

TEST(volume_snapshot, is_owned_by_its_backup) {
  const auto made = volume_snapshot_of(backup(), {"data", "", "driver", "fast", "the-name"});
  EXPECT_EQ(made["apiVersion"], "snapshot.storage.k8s.io/v1");
  EXPECT_EQ(made["kind"], "VolumeSnapshot");
  EXPECT_EQ(made["metadata"]["name"], "the-name");
  EXPECT_EQ(made["metadata"]["ownerReferences"][0]["uid"], "uid-1");
  EXPECT_EQ(made["metadata"]["labels"]["backups.example.com/backup-uid"], "uid-1");
  EXPECT_EQ(made["spec"]["volumeSnapshotClassName"], "fast");
  EXPECT_EQ(made["spec"]["source"]["persistentVolumeClaimName"], "data");
}

TEST(volume_snapshot, a_retained_one_has_a_label_and_no_owner) {
  auto retaining = backup();
  retaining.spec.deletion_policy = crds::deletion_policy::retain;
  const auto made = volume_snapshot_of(retaining, {"data", "", "driver", "fast", "the-name"});
  EXPECT_FALSE(made["metadata"].contains("ownerReferences"))
      << "garbage collection would take it with the backup";
  EXPECT_EQ(made["metadata"]["labels"]["backups.example.com/retained"], "true");
}

TEST(adoption, takes_what_carries_our_uid_as_owner_or_label_and_nothing_else) {
  k8s::object_meta ours, labelled, foreign;
  ours.owner_references.push_back({"v1", "VolumeBackup", "nightly", "uid-1"});
  labelled.labels["backups.example.com/backup-uid"] = "uid-1";
  foreign.labels["backups.example.com/backup-uid"] = "uid-2";
  EXPECT_TRUE(belongs_to(ours, "uid-1"));
  EXPECT_TRUE(belongs_to(labelled, "uid-1"));
  EXPECT_FALSE(belongs_to(foreign, "uid-1"));
}

} // namespace
