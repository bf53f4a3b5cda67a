#include "tests/kubesim/csi/csi_fixture.hpp"

namespace kubesim {
namespace {

namespace fs = std::filesystem;

struct block_volumes : csi {
  static json block(json claim) {
    claim["spec"]["volumeMode"] = "Block";
    return claim;
  }
  json pod_with_device(const std::string& name, const std::string& claim) {
    auto pod = test_pod_with_claim(name, "sleep 1000", claim);
    auto& container = pod["spec"]["containers"][0];
    container.erase("volumeMounts");
    container["volumeDevices"] = json::array({{{"name", "data"}, {"devicePath", "/dev/xvda"}}});
    return pod;
  }
  void start(const json& pod) {
    world_.make(pod);
    world_.run_until_is("Pod", text_at_path(pod, {"metadata", "name"}), {"status", "phase"},
                        "Running");
  }
  fs::path device_of(const std::string& claim) {
    return state_layout::device(directory_of_claim(claim));
  }
  bool was_told(const std::string& message) const {
    for (const auto& event : world_.objects->all(*world_.objects->find_type("", "v1", "events")))
      if (text_at_path(*event, {"message"}).find(message) != std::string::npos)
        return true;
    return false;
  }
};

TEST_F(block_volumes, are_files_as_long_as_the_claim_is_large) {
  world_.make(block(test_claim("c")));
  run_until_bound("c");
  EXPECT_EQ(text_at_path(volume_of("c"), {"spec", "volumeMode"}), "Block");
  EXPECT_EQ(fs::file_size(device_of("c")), 16U * 1024 * 1024);
  world_.patch("PersistentVolumeClaim", "c",
               {{"spec", {{"resources", {{"requests", {{"storage", "32Mi"}}}}}}}});
  world_.run_until_is("PersistentVolumeClaim", "c", {"status", "capacity", "storage"}, "32Mi");
  EXPECT_EQ(fs::file_size(device_of("c")), 32U * 1024 * 1024);
}

TEST_F(block_volumes, are_written_at_their_device_path_and_restored_from_a_snapshot) {
  world_.make(block(test_claim("c")));
  run_until_bound("c");
  start(pod_with_device("p", "c"));
  const auto write = [&](const std::string& text) {
    return world_
        .run_in("p", "printf " + text
                         + " | dd of=/dev/xvda bs=1 seek=1000000 "
                           "conv=notrunc status=none")
        .exit_code;
  };
  EXPECT_EQ(write("then"), 0);
  world_.make(snapshot_of("s", "c"));
  run_until_ready("s");
  EXPECT_EQ(text_at_path(content_of("s"), {"spec", "sourceVolumeMode"}), "Block");
  EXPECT_EQ(write("late"), 0);
  auto claim = block(restored_claim("restored", "s"));
  claim["spec"]["resources"]["requests"]["storage"] = "24Mi";
  world_.make(claim);
  run_until_bound("restored");
  EXPECT_EQ(fs::file_size(device_of("restored")), 24U * 1024 * 1024);
  start(pod_with_device("q", "restored"));
  EXPECT_EQ(world_.run_in("q", "dd if=/dev/xvda bs=1 skip=1000000 count=4 status=none").output,
            "then");
}

TEST_F(block_volumes, are_not_made_from_a_snapshot_of_files_without_permission) {
  make_bound_claim("c");
  world_.make(snapshot_of("s", "c"));
  run_until_ready("s");
  world_.make(block(restored_claim("restored", "s")));
  const auto content = ref_of(content_of("s")).name;
  world_.run_until([&] {
    return was_told("requested volume default/restored modifies the mode of the source volume but "
                    "does not have permission to do so. "
                    "snapshot.storage.kubernetes.io/allow-volume-mode-change annotation is not "
                    "present on snapshotcontent "
                    + content);
  });
  EXPECT_EQ(text_at_path(world_.get("PersistentVolumeClaim", "restored"), {"status", "phase"}),
            "Pending");
  world_.patch(
      "VolumeSnapshotContent", content,
      {{"metadata",
        {{"annotations", {{"snapshot.storage.kubernetes.io/allow-volume-mode-change", "true"}}}}}});
  run_until_bound("restored");
}

TEST_F(block_volumes, keep_a_pod_waiting_that_mounts_them_as_files) {
  world_.make(block(test_claim("c")));
  run_until_bound("c");
  world_.make(test_pod_with_claim("p", "sleep 1000", "c"));
  world_.run_until([&] {
    return was_told("volume data has volumeMode Block, but is specified in volumeMounts");
  });
}

} // namespace
} // namespace kubesim
