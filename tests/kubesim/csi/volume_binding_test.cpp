#include "tests/kubesim/csi/csi_fixture.hpp"

#include <fstream>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

/// Volumes that outlive their claims, as a restore exchanges them.
struct volume_binding : csi {
  /// The name of a volume with a file in it, whose claim is gone.
  std::string released_volume(const std::string& claim) {
    make_bound_claim(claim);
    std::ofstream{directory_of_claim(claim) / "file"} << claim;
    auto volume = ref_of(volume_of(claim)).name;
    world_.patch("PersistentVolume", volume,
                 {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}});
    remove_claim(claim);
    run_until_phase(volume, "Released");
    return volume;
  }
  void run_until_phase(const std::string& volume, const char* phase) {
    world_.run_until_is("PersistentVolume", volume, {"status", "phase"}, phase);
  }
  void reserve(const std::string& volume, const std::string& claim) {
    world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
    world_.patch("PersistentVolume", volume,
                 {{"spec", {{"claimRef", {{"namespace", "default"}, {"name", claim}}}}}});
  }
  /// Until an event of that reason has that message.
  void run_until_told(const std::string& reason, const std::string& message) {
    world_.run_until([&] {
      for (const auto& event : world_.objects->all(*world_.objects->find_type("", "v1", "events")))
        if (text_at_path(*event, {"reason"}) == reason
            && text_at_path(*event, {"message"}).find(message) != std::string::npos)
          return true;
      return false;
    });
  }
  std::string phase_of_claim(const std::string& name) {
    return text_at_path(world_.get("PersistentVolumeClaim", name), {"status", "phase"});
  }
  json volume_name_of(const std::string& claim) {
    return at_path(world_.get("PersistentVolumeClaim", claim), {"spec", "volumeName"});
  }
};

TEST_F(volume_binding, takes_a_volume_that_is_reserved_for_the_name_without_naming_it) {
  const auto volume = released_volume("old");
  reserve(volume, "new");
  run_until_phase(volume, "Available");
  world_.make(test_claim("new"));
  run_until_bound("new");
  EXPECT_EQ(volume_name_of("new"), volume);
  EXPECT_EQ(read(directory_of_claim("new") / "file"), "old");
  EXPECT_EQ(text_at_path(volume_of("new"), {"spec", "claimRef", "uid"}),
            uid_of(world_.get("PersistentVolumeClaim", "new")));
}

TEST_F(volume_binding, keeps_a_reserved_volume_from_claims_of_other_names) {
  const auto volume = released_volume("old");
  reserve(volume, "awaited");
  run_until_phase(volume, "Available");
  make_bound_claim("other");
  EXPECT_NE(volume_name_of("other"), volume);
  auto claim = test_claim("thief");
  claim["spec"]["volumeName"] = volume;
  world_.make(claim);
  run_until_told("FailedBinding", "already bound to a different claim");
  EXPECT_EQ(phase_of_claim("thief"), "Pending");
}

TEST_F(volume_binding, gives_a_free_volume_to_whoever_comes_first) {
  const auto volume = released_volume("old");
  world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
  run_until_phase(volume, "Available");
  make_bound_claim("anybody");
  EXPECT_EQ(volume_name_of("anybody"), volume);
}

TEST_F(volume_binding, makes_a_volume_where_the_free_one_is_too_small) {
  const auto volume = released_volume("old");
  world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
  run_until_phase(volume, "Available");
  auto claim = test_claim("large");
  claim["spec"]["resources"]["requests"]["storage"] = "64Mi";
  world_.make(claim);
  run_until_bound("large");
  EXPECT_NE(volume_name_of("large"), volume);
}

TEST_F(volume_binding, says_why_the_named_volume_does_not_fit) {
  const auto volume = released_volume("old");
  world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
  run_until_phase(volume, "Available");
  auto claim = test_claim("large");
  claim["spec"]["volumeName"] = volume;
  claim["spec"]["resources"]["requests"]["storage"] = "64Mi";
  world_.make(claim);
  run_until_told("VolumeMismatch", "requested PV is too small");
  EXPECT_EQ(phase_of_claim("large"), "Pending");
}

TEST_F(volume_binding, ends_with_a_lost_claim_if_its_volume_is_given_to_another) {
  make_bound_claim("robbed");
  world_.patch("PersistentVolume", volume_name_of("robbed"),
               {{"spec", {{"claimRef", {{"name", "other"}, {"uid", "of-other"}}}}}});
  world_.run_until_is("PersistentVolumeClaim", "robbed", {"status", "phase"}, "Lost");
  run_until_told("ClaimMisbound", "Two claims are bound to the same volume");
}

TEST_F(volume_binding, restores_a_claim_reference_that_was_taken_from_a_bound_volume) {
  make_bound_claim("c");
  const auto volume = ref_of(volume_of("c")).name;
  world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
  world_.run_until([&] {
    return text_at_path(volume_of("c"), {"spec", "claimRef", "uid"})
           == uid_of(world_.get("PersistentVolumeClaim", "c"));
  });
  EXPECT_EQ(phase_of_claim("c"), "Bound");
}

TEST_F(volume_binding, deletes_a_released_volume_once_its_policy_becomes_delete) {
  const auto volume = released_volume("old");
  const auto files = world_.kubelet->layout().volume(
      text_at_path(world_.get("PersistentVolume", volume), {"spec", "csi", "volumeHandle"}));
  EXPECT_TRUE(fs::exists(files / "file"));
  world_.patch("PersistentVolume", volume,
               {{"spec", {{"persistentVolumeReclaimPolicy", "Delete"}}}});
  world_.run_until([&] { return world_.get("PersistentVolume", volume).is_null(); });
  EXPECT_FALSE(fs::exists(files));
}

TEST_F(volume_binding, leaves_the_files_of_a_retained_volume_whose_object_is_deleted) {
  const auto volume = released_volume("old");
  const auto files = world_.kubelet->layout().volume(
      text_at_path(world_.get("PersistentVolume", volume), {"spec", "csi", "volumeHandle"}));
  world_.remove("PersistentVolume", volume);
  world_.run_until([&] { return world_.get("PersistentVolume", volume).is_null(); });
  EXPECT_EQ(read(files / "file"), "old");
}

/// A class whose volumes are made once a pod was given a node.
struct late_binding : volume_binding {
  late_binding() {
    world_.make({{"apiVersion", "storage.k8s.io/v1"},
                 {"kind", "StorageClass"},
                 {"metadata", {{"name", "late"}}},
                 {"provisioner", csi_driver_name},
                 {"volumeBindingMode", "WaitForFirstConsumer"}});
  }
  static json late_claim(const std::string& name) {
    auto claim = test_claim(name);
    claim["spec"]["storageClassName"] = "late";
    return claim;
  }
  void select_node(const std::string& claim) {
    world_.patch(
        "PersistentVolumeClaim", claim,
        {{"metadata", {{"annotations", {{"volume.kubernetes.io/selected-node", "node1"}}}}}});
  }
};

TEST_F(late_binding, provisions_only_after_a_node_was_selected) {
  world_.make(late_claim("c"));
  run_until_told("WaitForFirstConsumer", "waiting for first consumer to be created before binding");
  make_bound_claim("other"); // time enough to provision
  EXPECT_EQ(phase_of_claim("c"), "Pending");
  select_node("c");
  run_until_bound("c");
}

TEST_F(late_binding, takes_a_reserved_volume_without_waiting) {
  const auto volume = released_volume("old");
  reserve(volume, "c");
  run_until_phase(volume, "Available");
  world_.make(late_claim("c"));
  run_until_bound("c");
  EXPECT_EQ(volume_name_of("c"), volume);
}

TEST_F(late_binding, restores_a_snapshot_like_any_other) {
  make_bound_claim("source");
  std::ofstream{directory_of_claim("source") / "file"} << "then";
  world_.make(snapshot_of("s", "source"));
  run_until_ready("s");
  auto claim = restored_claim("c", "s");
  claim["spec"]["storageClassName"] = "late";
  world_.make(claim);
  select_node("c");
  run_until_bound("c");
  EXPECT_EQ(read(directory_of_claim("c") / "file"), "then");
}

/// Claims that are deleted while their volume is being made.
struct slow_provisioning : volume_binding {
  /// The name of the volume that comes.
  std::string claim_gone_too_early(const char* policy) {
    world_.make({{"apiVersion", "storage.k8s.io/v1"},
                 {"kind", "StorageClass"},
                 {"metadata", {{"name", "slow"}}},
                 {"provisioner", csi_driver_name},
                 {"reclaimPolicy", policy},
                 {"volumeBindingMode", "Immediate"},
                 {"parameters", {{"kubesim/provision-latency", "100ms"}}}});
    auto claim = test_claim("c");
    claim["spec"]["storageClassName"] = "slow";
    const auto uid = uid_of(world_.make(claim));
    world_.run_until_is("PersistentVolumeClaim", "c",
                        {"metadata", "annotations", "volume.kubernetes.io/storage-provisioner"},
                        csi_driver_name);
    remove_claim("c");
    return "pvc-" + uid;
  }
};

TEST_F(slow_provisioning, leaves_a_volume_that_is_retained) {
  const auto volume = claim_gone_too_early("Retain");
  world_.run_until([&] { return !world_.get("PersistentVolume", volume).is_null(); });
  run_until_phase(volume, "Released");
}

TEST_F(slow_provisioning, takes_its_volume_back_if_the_policy_is_delete) {
  const auto volume = claim_gone_too_early("Delete");
  run_until_told("ProvisioningSucceeded", volume);
  world_.run_until([&] { return world_.get("PersistentVolume", volume).is_null(); });
}

/// Claims that cannot be filled.
struct restoring : volume_binding {
  restoring() {
    make_bound_claim("source");
    world_.make(snapshot_of("s", "source"));
    run_until_ready("s");
  }
  void expect_failure(const json& claim, const std::string& why) {
    world_.make(claim);
    run_until_told("ProvisioningFailed", why);
    EXPECT_EQ(phase_of_claim(text_at_path(claim, {"metadata", "name"})), "Pending");
  }
};

TEST_F(restoring, names_a_snapshot_that_is_missing_and_goes_on_once_it_is_there) {
  expect_failure(restored_claim("c", "later"),
                 "failed to provision volume with StorageClass \"csi-hostpath\": error getting "
                 "handle for DataSource Type VolumeSnapshot by Name later: error getting snapshot "
                 "later from api server: volumesnapshots.snapshot.storage.k8s.io \"later\" not "
                 "found");
  world_.make(snapshot_of("later", "source"));
  run_until_bound("c");
}

TEST_F(restoring, wants_at_least_the_size_of_the_snapshot) {
  auto claim = restored_claim("c", "s");
  claim["spec"]["resources"]["requests"]["storage"] = "8Mi";
  expect_failure(claim, "requested volume size 8388608 is less than the size 16777216 for the "
                        "source snapshot s");
}

TEST_F(restoring, wants_a_class_of_the_driver_that_cut_the_snapshot) {
  world_.make({{"apiVersion", "snapshot.storage.k8s.io/v1"},
               {"kind", "VolumeSnapshotContent"},
               {"metadata", {{"name", "foreign"}}},
               {"spec",
                {{"deletionPolicy", "Retain"},
                 {"driver", "other.csi.k8s.io"},
                 {"source", {{"snapshotHandle", "h"}}},
                 {"volumeSnapshotRef", {{"name", "theirs"}, {"namespace", "default"}}}}}});
  auto snapshot = snapshot_of("theirs", "source");
  snapshot["spec"]["source"] = {{"volumeSnapshotContentName", "foreign"}};
  world_.make(snapshot);
  world_.run_until([&] {
    return !text_at_path(world_.get("VolumeSnapshotContent", "foreign"),
                         {"spec", "volumeSnapshotRef", "uid"})
                .empty();
  });
  world_.patch("VolumeSnapshot", "theirs",
               {{"status", {{"boundVolumeSnapshotContentName", "foreign"}, {"readyToUse", true}}}},
               "status");
  expect_failure(restored_claim("c", "theirs"), "snapshot theirs not bound");
}

} // namespace
} // namespace kubesim
