#pragma once

#include "k8s/resource.hpp"

#include <optional>
#include <string>

namespace k8s {

/// VolumeGroupSnapshot of groupsnapshot.storage.k8s.io/v1: its members are VolumeSnapshots that the
/// snapshot-controller makes once the driver has cut all claims at one moment.
struct volume_group_snapshot {
  static constexpr resource_kind kind{"groupsnapshot.storage.k8s.io", "v1", "volumegroupsnapshots",
                                      "VolumeGroupSnapshot"};

  object_meta metadata;
  std::string class_name;
  std::string content_name; ///< status.boundVolumeGroupSnapshotContentName
  std::optional<timestamp> creation_time;
  bool ready_to_use = false;
  std::optional<std::string> error; ///< status.error.message; not final, it may clear

  static result<volume_group_snapshot> decode(const nlohmann::json& object);
};

struct volume_group_snapshot_class {
  static constexpr resource_kind kind{"groupsnapshot.storage.k8s.io", "v1",
                                      "volumegroupsnapshotclasses", "VolumeGroupSnapshotClass",
                                      false};

  object_meta metadata;
  std::string driver;
  bool is_default = false; ///< annotation groupsnapshot.storage.kubernetes.io/is-default-class

  static result<volume_group_snapshot_class> decode(const nlohmann::json& object);
};

} // namespace k8s
