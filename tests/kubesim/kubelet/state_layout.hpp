#pragma once

#include <filesystem>
#include <string>

namespace kubesim {

/// Where things lie under the state directory; tests and demos find volumes and snapshots by it.
struct state_layout {
  std::filesystem::path root;

  /// The files of a PersistentVolume, by `spec.csi.volumeHandle`.
  std::filesystem::path volume(const std::string& handle) const {
    return root / "volumes" / handle;
  }
  /// What stands for the device in the directory of a volume (or snapshot) of mode Block.
  static std::filesystem::path device(const std::filesystem::path& directory) {
    return directory / "volume";
  }
  /// The files of a snapshot, by `VolumeSnapshotContent.status.snapshotHandle`.
  std::filesystem::path snapshot(const std::string& handle) const {
    return root / "snapshots" / handle;
  }
  /// emptyDirs, projected files and logs of a pod.
  std::filesystem::path pod(const std::string& uid) const { return root / "pods" / uid; }
};

} // namespace kubesim
