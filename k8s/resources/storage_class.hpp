#pragma once

#include "k8s/resource.hpp"

#include <string>

namespace k8s {

struct storage_class {
  static constexpr resource_kind kind{"storage.k8s.io", "v1", "storageclasses", "StorageClass",
                                      false};

  object_meta metadata;
  std::string provisioner;
  std::string reclaim_policy;      ///< of the volumes that are made
  bool waits_for_consumer = false; ///< volumeBindingMode WaitForFirstConsumer

  static result<storage_class> decode(const nlohmann::json& object);
};

} // namespace k8s
