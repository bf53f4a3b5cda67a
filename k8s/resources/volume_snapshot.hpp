#pragma once

#include "k8s/resource.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace k8s {

/// VolumeSnapshot of snapshot.storage.k8s.io/v1.
struct volume_snapshot {
  static constexpr resource_kind kind{"snapshot.storage.k8s.io", "v1", "volumesnapshots",
                                      "VolumeSnapshot"};

  object_meta metadata;
  std::string class_name, source_claim;
  std::string group;                      ///< the VolumeGroupSnapshot that it is a member of
  std::string content_name;               ///< status.boundVolumeSnapshotContentName
  std::optional<timestamp> creation_time; ///< the cut, in whole seconds
  bool ready_to_use = false;
  std::string restore_size;         ///< a quantity, as the server wrote it
  std::optional<std::string> error; ///< status.error.message; not final, it may clear

  static result<volume_snapshot> decode(const nlohmann::json& object);
};

/// VolumeSnapshotContent: where the cut is seen first, with nanoseconds.
struct volume_snapshot_content {
  static constexpr resource_kind kind{"snapshot.storage.k8s.io", "v1", "volumesnapshotcontents",
                                      "VolumeSnapshotContent", false};

  object_meta metadata;
  std::string driver, deletion_policy;
  object_key snapshot; ///< spec.volumeSnapshotRef
  std::string snapshot_uid;
  std::string snapshot_handle;
  std::string source_volume_mode; ///< Filesystem, Block; empty: an old server does not say
  std::optional<timestamp> creation_time;
  std::optional<std::int64_t> restore_size; ///< bytes
  bool ready_to_use = false;
  std::optional<std::string> error;

  static result<volume_snapshot_content> decode(const nlohmann::json& object);
};

struct volume_snapshot_class {
  static constexpr resource_kind kind{"snapshot.storage.k8s.io", "v1", "volumesnapshotclasses",
                                      "VolumeSnapshotClass", false};

  object_meta metadata;
  std::string driver, deletion_policy;
  bool is_default = false; ///< annotation snapshot.storage.kubernetes.io/is-default-class

  static result<volume_snapshot_class> decode(const nlohmann::json& object);
};

} // namespace k8s
