#pragma once

#include "k8s/resource.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace k8s {

struct persistent_volume_claim {
  static constexpr resource_kind kind{"", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"};

  object_meta metadata;
  std::string phase, volume_name, storage_class_name, volume_mode;
  std::string requested, capacity; ///< quantities: what was asked for, what it has
  std::string source_snapshot;     ///< spec.dataSource, if it is a VolumeSnapshot
  std::string last_writer;         ///< see `last_writer_of`
  std::vector<std::string> access_modes;

  /// The CSI driver by annotation `volume.kubernetes.io/storage-provisioner` (or its beta form);
  /// empty if neither is set.
  std::string provisioner() const;

  static result<persistent_volume_claim> decode(const nlohmann::json& object);
};

} // namespace k8s
