#include "tests/kubesim/csi/csi_fixture.hpp"

#include <fstream>

namespace kubesim {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

class group_snapshots : public csi {
protected:
  group_snapshots() {
    add_group_class("groups", "Delete");
    for (const char* claim : {"a", "b"}) {
      make_bound_claim(claim);
      put_into_group(claim);
    }
  }

  void add_group_class(const std::string& name, const std::string& policy) {
    world_.make({{"apiVersion", "groupsnapshot.storage.k8s.io/v1"},
                 {"kind", "VolumeGroupSnapshotClass"},
                 {"metadata", {{"name", name}}},
                 {"driver", csi_driver_name},
                 {"deletionPolicy", policy}});
  }

  void put_into_group(const std::string& claim) {
    world_.patch("PersistentVolumeClaim", claim, {{"metadata", {{"labels", {{"set", "one"}}}}}});
  }

  void make_group(const json& annotations = json::object(),
                  const std::string& its_class = "groups") {
    world_.make({{"apiVersion", "groupsnapshot.storage.k8s.io/v1"},
                 {"kind", "VolumeGroupSnapshot"},
                 {"metadata", {{"name", "g"}, {"annotations", annotations}}},
                 {"spec",
                  {{"volumeGroupSnapshotClassName", its_class},
                   {"source", {{"selector", {{"matchLabels", {{"set", "one"}}}}}}}}}});
  }

  json group() { return world_.get("VolumeGroupSnapshot", "g"); }

  void run_until_group_is_ready() {
    world_.run_until([&] { return flag_at_path(group(), {"status", "readyToUse"}, false); });
  }

  void run_until_told(const std::string& error) {
    world_.run_until([&] {
      return text_at_path(group(), {"status", "error", "message"}).find(error) != std::string::npos;
    });
  }

  /// By claim.
  std::map<std::string, json> members() {
    std::map<std::string, json> found;
    for (const auto& one : world_.objects->all(world_.type_of("VolumeSnapshot")))
      found[text_at_path(*one, {"spec", "source", "persistentVolumeClaimName"})] = *one;
    return found;
  }

  std::size_t count(const std::string& kind) {
    return world_.objects->all(world_.type_of(kind)).size();
  }
};

TEST_F(group_snapshots, cut_every_claim_that_has_the_labels_and_no_other) {
  make_bound_claim("other");
  make_group();
  run_until_group_is_ready();
  const auto found = members();
  ASSERT_EQ(found.size(), 2U);
  for (const auto& [claim, snapshot] : found) {
    EXPECT_TRUE(claim == "a" || claim == "b") << claim;
    EXPECT_TRUE(flag_at_path(snapshot, {"status", "readyToUse"}, false));
  }
}

TEST_F(group_snapshots, make_members_as_the_snapshot_controller_does) {
  make_group();
  run_until_group_is_ready();
  const auto member = members()["a"];
  const auto name = ref_of(member).name;
  EXPECT_TRUE(name.starts_with("snapshot-"));
  EXPECT_EQ(name.size(), std::string{"snapshot-"}.size() + 64);
  EXPECT_EQ(at_path(member, {"metadata", "ownerReferences"}),
            json::array({{{"apiVersion", "groupsnapshot.storage.k8s.io/v1"},
                          {"kind", "VolumeGroupSnapshot"},
                          {"name", "g"},
                          {"uid", uid_of(group())}}}));
  EXPECT_EQ(at_path(member, {"metadata", "finalizers"}),
            json::array({"snapshot.storage.kubernetes.io/volumesnapshot-in-group-protection",
                         "snapshot.storage.kubernetes.io/volumesnapshot-as-source-protection",
                         "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"}));
  EXPECT_EQ(text_at_path(member, {"status", "volumeGroupSnapshotName"}), "g");
  EXPECT_TRUE(at_path(member, {"spec", "volumeSnapshotClassName"}).is_null());
  const auto content = content_of(name);
  EXPECT_EQ(ref_of(content).name, "snapcontent-" + name.substr(std::string{"snapshot-"}.size()));
  EXPECT_EQ(text_at_path(content, {"spec", "volumeSnapshotRef", "uid"}), uid_of(member));
}

TEST_F(group_snapshots, tell_of_themselves_in_the_order_of_the_real_ones) {
  std::vector<std::string> seen;
  const auto watch
      = world_.objects->subscribe(world_.type_of("VolumeGroupSnapshot"), [&](const change& what) {
          const auto& status = at_path(*what.object, {"status"});
          seen.push_back(
              std::string{status.contains("boundVolumeGroupSnapshotContentName") ? "bound" : "new"}
              + (at_path(*what.object, {"metadata", "finalizers"}).is_array() ? ", finalizer" : "")
              + (status.contains("creationTime") ? ", cut" : "")
              + (flag_at_path(status, {"readyToUse"}, false) ? ", ready" : ""));
        });
  make_group();
  world_.run_until([&] { return seen.size() >= 4; });
  EXPECT_EQ(seen, (std::vector<std::string>{"new", "bound", "bound, finalizer",
                                            "bound, finalizer, cut, ready"}));
}

TEST_F(group_snapshots, hold_the_files_of_all_claims_of_one_moment) {
  start({.cut_latency = 200ms});
  for (const char* claim : {"a", "b"})
    std::ofstream{directory_of_claim(claim) / "file"} << "then";
  make_group();
  run_until_group_is_ready();
  std::set<json> moments;
  for (const auto& [claim, snapshot] : members()) {
    EXPECT_EQ(read(directory_of_snapshot(ref_of(snapshot).name) / "file"), "then");
    moments.insert(at_path(content_of(ref_of(snapshot).name), {"status", "creationTime"}));
  }
  EXPECT_EQ(moments.size(), 1U);
}

TEST_F(group_snapshots, are_cut_before_they_are_ready_if_the_driver_uploads) {
  start({.ready_latency = 300ms});
  make_group();
  world_.run_until([&] { return at_path(group(), {"status", "creationTime"}).is_string(); });
  EXPECT_FALSE(flag_at_path(group(), {"status", "readyToUse"}, false));
  ASSERT_EQ(members().size(), 2U);
  EXPECT_FALSE(is_ready(ref_of(members()["a"]).name));
  run_until_group_is_ready();
  EXPECT_TRUE(is_ready(ref_of(members()["a"]).name));
}

TEST_F(group_snapshots, keep_a_member_until_the_group_goes_and_then_everything_goes) {
  make_group();
  run_until_group_is_ready();
  const auto member = ref_of(members()["a"]).name;
  const auto directory = directory_of_snapshot(member);
  world_.remove("VolumeSnapshot", member);
  world_.make(snapshot_of("s", "b")); // its being ready shows that the deletion was looked at
  run_until_ready("s");
  EXPECT_FALSE(world_.get("VolumeSnapshot", member).is_null());
  world_.remove("VolumeSnapshot", "s");
  world_.remove("VolumeGroupSnapshot", "g");
  world_.run_until([&] {
    return group().is_null() && count("VolumeSnapshot") == 0 && count("VolumeSnapshotContent") == 0
           && count("VolumeGroupSnapshotContent") == 0;
  });
  EXPECT_FALSE(fs::exists(directory));
}

TEST_F(group_snapshots, keep_contents_and_files_if_the_class_says_so) {
  add_group_class("kept", "Retain");
  make_group(json::object(), "kept");
  run_until_group_is_ready();
  const auto directory = directory_of_snapshot(ref_of(members()["a"]).name);
  world_.remove("VolumeGroupSnapshot", "g");
  world_.run_until([&] { return group().is_null() && count("VolumeSnapshot") == 0; });
  EXPECT_EQ(count("VolumeGroupSnapshotContent"), 1U);
  EXPECT_EQ(count("VolumeSnapshotContent"), 2U);
  EXPECT_TRUE(fs::exists(directory));
}

TEST_F(group_snapshots, are_deleted_cleanly_while_they_are_being_cut) {
  start({.cut_latency = 200ms});
  make_group();
  world_.run_until([&] { return count("VolumeGroupSnapshotContent") == 1; });
  world_.remove("VolumeGroupSnapshot", "g");
  world_.run_until([&] { return group().is_null() && count("VolumeSnapshotContent") == 0; });
  EXPECT_EQ(count("VolumeSnapshot"), 0U);
  EXPECT_EQ(count("VolumeGroupSnapshotContent"), 0U);
  EXPECT_TRUE(fs::is_empty(world_.directory / "snapshots"));
}

TEST_F(group_snapshots, name_an_unknown_class_and_go_on_once_it_is_there) {
  make_group(json::object(), "later");
  run_until_told("\"later\" not found");
  add_group_class("later", "Delete");
  run_until_group_is_ready();
  EXPECT_TRUE(at_path(group(), {"status", "error"}).is_null());
}

TEST_F(group_snapshots, wait_for_a_claim_with_their_labels) {
  for (const char* claim : {"a", "b"})
    world_.patch("PersistentVolumeClaim", claim, {{"metadata", {{"labels", nullptr}}}});
  make_group();
  run_until_told("no bound claim");
  put_into_group("b");
  run_until_group_is_ready();
  EXPECT_EQ(members().size(), 1U);
}

TEST_F(group_snapshots, fail_as_often_as_an_annotation_asks_and_then_are_cut) {
  make_group({{"kubesim/snapshot-error", "disk on fire"}, {"kubesim/snapshot-error-times", "1"}});
  run_until_told("disk on fire");
  EXPECT_TRUE(members().empty());
  run_until_group_is_ready();
  EXPECT_TRUE(at_path(group(), {"status", "error"}).is_null());
}

} // namespace
} // namespace kubesim
