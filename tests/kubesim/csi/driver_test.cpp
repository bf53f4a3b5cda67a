#include "tests/kubesim/csi/csi_fixture.hpp"

#include <fstream>

namespace kubesim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST_F(csi, binds_a_claim_to_a_volume_of_its_own) {
  make_bound_claim("c");
  const auto volume = volume_of("c");
  EXPECT_EQ(text_at_path(volume, {"status", "phase"}), "Bound");
  EXPECT_EQ(text_at_path(volume, {"spec", "claimRef", "name"}), "c");
  EXPECT_TRUE(fs::is_directory(directory_of_claim("c")));
}

TEST_F(csi, tells_of_a_claim_in_the_order_of_the_real_one) {
  std::vector<std::string> seen;
  const auto watch
      = world_.objects->subscribe(world_.type_of("PersistentVolumeClaim"), [&](const change& what) {
          const auto& claim = *what.object;
          if (text_at_path(claim, {"status", "phase"}) == "Bound")
            seen.emplace_back("bound");
          else if (!text_at_path(claim, {"spec", "volumeName"}).empty())
            seen.emplace_back("volume named");
          else if (at_path(claim, {"metadata", "annotations"}).is_object())
            seen.emplace_back("provisioner named");
          else
            seen.emplace_back("added");
        });
  make_bound_claim("c");
  world_.run_until([&] { return seen.size() >= 4; });
  EXPECT_EQ(seen,
            (std::vector<std::string>{"added", "provisioner named", "volume named", "bound"}));
}

TEST_F(csi, takes_the_files_of_a_deleted_claim_away) {
  make_bound_claim("c");
  const auto directory = directory_of_claim("c");
  const auto volume = ref_of(volume_of("c")).name;
  remove_claim("c");
  world_.run_until([&] { return world_.get("PersistentVolume", volume).is_null(); });
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(csi, keeps_a_retained_volume_and_binds_it_to_the_next_claim_that_names_it) {
  make_bound_claim("c");
  std::ofstream{directory_of_claim("c") / "file"} << "kept";
  const auto volume = ref_of(volume_of("c")).name;
  world_.patch("PersistentVolume", volume,
               {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}});
  remove_claim("c");
  world_.run_until_is("PersistentVolume", volume, {"status", "phase"}, "Released");
  world_.patch("PersistentVolume", volume, {{"spec", {{"claimRef", nullptr}}}});
  world_.run_until_is("PersistentVolume", volume, {"status", "phase"}, "Available");
  auto claim = test_claim("c");
  claim["spec"]["volumeName"] = volume;
  world_.make(claim);
  run_until_bound("c");
  EXPECT_EQ(read(directory_of_claim("c") / "file"), "kept");
}

TEST_F(csi, exchanges_two_volumes_under_their_claim_names) {
  make_bound_claim("a");
  make_bound_claim("b");
  std::ofstream{directory_of_claim("a") / "name"} << "a";
  std::ofstream{directory_of_claim("b") / "name"} << "b";
  std::map<std::string, std::string> volumes;
  for (const char* name : {"a", "b"}) {
    volumes[name] = ref_of(volume_of(name)).name;
    world_.patch("PersistentVolume", volumes[name],
                 {{"spec", {{"persistentVolumeReclaimPolicy", "Retain"}}}});
    remove_claim(name);
    world_.run_until_is("PersistentVolume", volumes[name], {"status", "phase"}, "Released");
  }
  for (const auto& [name, other] : {std::pair{"a", "b"}, std::pair{"b", "a"}}) {
    world_.patch("PersistentVolume", volumes[other], {{"spec", {{"claimRef", nullptr}}}});
    world_.patch("PersistentVolume", volumes[other],
                 {{"spec", {{"claimRef", {{"namespace", "default"}, {"name", name}}}}}});
    auto claim = test_claim(name);
    claim["spec"]["volumeName"] = volumes[other];
    world_.make(claim);
  }
  run_until_bound("a");
  run_until_bound("b");
  EXPECT_EQ(read(directory_of_claim("a") / "name"), "b");
  EXPECT_EQ(read(directory_of_claim("b") / "name"), "a");
}

TEST_F(csi, makes_a_snapshot_with_the_files_of_that_moment) {
  make_bound_claim("c");
  std::ofstream{directory_of_claim("c") / "file"} << "then";
  world_.make(snapshot_of("s", "c"));
  run_until_ready("s");
  std::ofstream{directory_of_claim("c") / "file"} << "now";
  EXPECT_EQ(read(directory_of_snapshot("s") / "file"), "then");
  world_.make(restored_claim("restored", "s"));
  run_until_bound("restored");
  EXPECT_EQ(read(directory_of_claim("restored") / "file"), "then");
}

TEST_F(csi, tells_of_a_snapshot_in_five_events) {
  make_bound_claim("c");
  std::vector<std::string> seen;
  const auto watch
      = world_.objects->subscribe(world_.type_of("VolumeSnapshot"), [&](const change& what) {
          const auto& status = at_path(*what.object, {"status"});
          seen.push_back(std::to_string(at_path(*what.object, {"metadata", "finalizers"}).size())
                         + (status.is_object()
                                ? " finalizers, ready " + status.at("readyToUse").dump()
                                : " finalizers")
                         + (status.contains("creationTime") ? ", cut" : ""));
        });
  world_.make(snapshot_of("s", "c"));
  world_.run_until([&] { return seen.size() >= 5; });
  EXPECT_EQ(seen, (std::vector<std::string>{
                      "0 finalizers", "1 finalizers", "1 finalizers, ready false",
                      "2 finalizers, ready false", "2 finalizers, ready true, cut"}));
}

TEST_F(csi, stops_the_pods_of_a_claim_while_it_copies) {
  make_bound_claim("c");
  world_.make(test_pod_with_claim("p",
                                  "i=0; while true; do i=$((i+1)); echo $i > /data/new; "
                                  "mv /data/new /data/first; echo $i > /data/new; "
                                  "mv /data/new /data/second; done",
                                  "c"));
  world_.run_until([&] { return fs::exists(directory_of_claim("c") / "second"); });
  for (int round = 0; round < 10; ++round) {
    const auto name = "s" + std::to_string(round);
    world_.make(snapshot_of(name, "c"));
    run_until_ready(name);
    const auto first = std::stol(read(directory_of_snapshot(name) / "first"));
    const auto second = std::stol(read(directory_of_snapshot(name) / "second"));
    EXPECT_TRUE(first == second || first == second + 1) << first << " and " << second;
  }
}

TEST_F(csi, shows_the_cut_before_it_is_ready_if_the_driver_uploads) {
  start({.ready_latency = 300ms});
  make_bound_claim("c");
  world_.make(snapshot_of("s", "c"));
  world_.run_until([&] {
    return at_path(world_.get("VolumeSnapshot", "s"), {"status", "creationTime"}).is_string();
  });
  EXPECT_FALSE(is_ready("s"));
  EXPECT_EQ(read(directory_of_snapshot("s") / "file"), "");
  run_until_ready("s");
}

TEST_F(csi, names_an_unknown_class_and_goes_on_once_it_is_there) {
  make_bound_claim("c");
  auto snapshot = snapshot_of("s", "c");
  snapshot["spec"]["volumeSnapshotClassName"] = "kept";
  world_.make(snapshot);
  world_.run_until_is("VolumeSnapshot", "s", {"status", "error", "message"},
                      "Failed to get snapshot class with error "
                      "volumesnapshotclass.snapshot.storage.k8s.io \"kept\" not found");
  add_snapshot_class("Retain");
  run_until_ready("s");
  EXPECT_TRUE(at_path(world_.get("VolumeSnapshot", "s"), {"status", "error"}).is_null());
}

TEST_F(csi, waits_for_a_missing_claim) {
  world_.make(snapshot_of("s", "c"));
  world_.run_until_is("VolumeSnapshot", "s", {"status", "error", "message"},
                      "Failed to create snapshot content with error snapshot controller failed to "
                      "update s on API server: cannot get claim from snapshot");
  world_.make(test_claim("c"));
  run_until_ready("s");
}

TEST_F(csi, writes_the_default_class_into_a_snapshot_that_names_none) {
  make_bound_claim("c");
  auto snapshot = snapshot_of("s", "c");
  snapshot["spec"].erase("volumeSnapshotClassName");
  world_.make(snapshot);
  run_until_ready("s");
  EXPECT_EQ(text_at_path(world_.get("VolumeSnapshot", "s"), {"spec", "volumeSnapshotClassName"}),
            "snapshots");
}

TEST_F(csi, fails_as_often_as_an_annotation_asks_and_then_cuts) {
  make_bound_claim("c");
  auto snapshot = snapshot_of("s", "c");
  snapshot["metadata"]["annotations"]
      = {{"kubesim/snapshot-error", "disk on fire"}, {"kubesim/snapshot-error-times", "1"}};
  world_.make(snapshot);
  world_.run_until([&] {
    return text_at_path(world_.get("VolumeSnapshot", "s"), {"status", "error", "message"})
               .find("disk on fire")
           != std::string::npos;
  });
  run_until_ready("s");
  EXPECT_TRUE(at_path(world_.get("VolumeSnapshot", "s"), {"status", "error"}).is_null());
}

TEST_F(csi, lies_about_the_time_of_the_cut_if_an_annotation_asks) {
  make_bound_claim("c");
  auto snapshot = snapshot_of("s", "c");
  snapshot["metadata"]["annotations"] = {{"kubesim/creation-time-shift", "-60s"}};
  world_.make(snapshot);
  run_until_ready("s");
  const auto told = number_at_path(content_of("s"), {"status", "creationTime"}, 0);
  const auto now = std::chrono::system_clock::now().time_since_epoch() / 1ns;
  EXPECT_LT(told, now - 50'000'000'000);
}

TEST_F(csi, removes_content_and_files_with_the_snapshot) {
  make_bound_claim("c");
  world_.make(snapshot_of("s", "c"));
  run_until_ready("s");
  const auto directory = directory_of_snapshot("s");
  const auto content = ref_of(content_of("s")).name;
  EXPECT_TRUE(fs::exists(directory));
  world_.remove("VolumeSnapshot", "s");
  world_.run_until([&] { return world_.get("VolumeSnapshot", "s").is_null(); });
  EXPECT_TRUE(world_.get("VolumeSnapshotContent", content).is_null());
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(csi, keeps_content_and_files_if_the_class_says_so) {
  add_snapshot_class("Retain");
  make_bound_claim("c");
  auto snapshot = snapshot_of("s", "c");
  snapshot["spec"]["volumeSnapshotClassName"] = "kept";
  world_.make(snapshot);
  run_until_ready("s");
  const auto directory = directory_of_snapshot("s");
  const auto content = ref_of(content_of("s")).name;
  world_.remove("VolumeSnapshot", "s");
  world_.run_until([&] { return world_.get("VolumeSnapshot", "s").is_null(); });
  EXPECT_FALSE(world_.get("VolumeSnapshotContent", content).is_null());
  EXPECT_TRUE(fs::exists(directory));
}

TEST_F(csi, is_deleted_cleanly_while_it_is_being_cut) {
  start({.cut_latency = 200ms});
  make_bound_claim("c");
  world_.make(snapshot_of("s", "c"));
  world_.run_until([&] { return !content_of("s").is_null(); });
  const auto content = ref_of(content_of("s")).name;
  world_.remove("VolumeSnapshot", "s");
  world_.run_until([&] { return world_.get("VolumeSnapshot", "s").is_null(); });
  EXPECT_TRUE(world_.get("VolumeSnapshotContent", content).is_null());
  EXPECT_TRUE(fs::is_empty(world_.directory / "snapshots"));
  world_.run_until([&] {
    return at_path(world_.get("PersistentVolumeClaim", "c"), {"metadata", "finalizers"}).size()
           == 1;
  });
}

} // namespace
} // namespace kubesim
