#include "tests/kubesim/csi/csi_fixture.hpp"

#include <fstream>
#include <sstream>

namespace kubesim {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream{path}.rdbuf();
  return text.str();
}

json snapshot_of(const std::string& name, const std::string& claim) {
  return {{"apiVersion", "snapshot.storage.k8s.io/v1"},
          {"kind", "VolumeSnapshot"},
          {"metadata", {{"name", name}, {"namespace", "default"}}},
          {"spec",
           {{"volumeSnapshotClassName", "snapshots"},
            {"source", {{"persistentVolumeClaimName", claim}}}}}};
}

csi::csi() {
  world_.make({{"apiVersion", "storage.k8s.io/v1"},
               {"kind", "StorageClass"},
               {"metadata", {{"name", "csi-hostpath"}}},
               {"provisioner", csi_driver_name},
               {"reclaimPolicy", "Delete"},
               {"volumeBindingMode", "Immediate"}});
  add_snapshot_class("Delete");
  start({});
}

void csi::start(csi_options options) {
  driver_.reset();
  driver_ = std::make_unique<driver>(*world_.objects, world_.loop, *world_.kubelet, options);
}

void csi::add_snapshot_class(const std::string& policy) {
  world_.make({{"apiVersion", "snapshot.storage.k8s.io/v1"},
               {"kind", "VolumeSnapshotClass"},
               {"metadata",
                {{"name", policy == "Delete" ? "snapshots" : "kept"},
                 {"annotations",
                  {{"snapshot.storage.kubernetes.io/is-default-class",
                    policy == "Delete" ? "true" : "false"}}}}},
               {"driver", csi_driver_name},
               {"deletionPolicy", policy}});
}

void csi::make_bound_claim(const std::string& name) {
  world_.make(test_claim(name));
  run_until_bound(name);
}

void csi::run_until_bound(const std::string& claim) {
  world_.run_until_is("PersistentVolumeClaim", claim, {"status", "phase"}, "Bound");
}

void csi::run_until_ready(const std::string& snapshot) {
  world_.run_until([&] { return is_ready(snapshot); });
}

bool csi::is_ready(const std::string& snapshot) {
  return flag_at_path(world_.get("VolumeSnapshot", snapshot), {"status", "readyToUse"}, false);
}

json csi::volume_of(const std::string& claim) {
  return world_.get("PersistentVolume", text_at_path(world_.get("PersistentVolumeClaim", claim),
                                                     {"spec", "volumeName"}));
}

fs::path csi::directory_of_claim(const std::string& claim) {
  return world_.kubelet->layout().volume(
      text_at_path(volume_of(claim), {"spec", "csi", "volumeHandle"}));
}

json csi::content_of(const std::string& snapshot) {
  return world_.get("VolumeSnapshotContent",
                    text_at_path(world_.get("VolumeSnapshot", snapshot),
                                 {"status", "boundVolumeSnapshotContentName"}));
}

fs::path csi::directory_of_snapshot(const std::string& snapshot) {
  return world_.kubelet->layout().snapshot(
      text_at_path(content_of(snapshot), {"status", "snapshotHandle"}));
}

void csi::remove_claim(const std::string& name) {
  world_.patch("PersistentVolumeClaim", name, {{"metadata", {{"finalizers", nullptr}}}});
  world_.remove("PersistentVolumeClaim", name);
}

json csi::restored_claim(const std::string& name, const std::string& snapshot) {
  auto claim = test_claim(name);
  claim["spec"]["dataSource"]
      = {{"apiGroup", "snapshot.storage.k8s.io"}, {"kind", "VolumeSnapshot"}, {"name", snapshot}};
  return claim;
}

} // namespace kubesim
