#pragma once

#include "k8s/resource.hpp"

#include <string>

namespace k8s {

struct persistent_volume {
  static constexpr resource_kind kind{"", "v1", "persistentvolumes", "PersistentVolume", false};

  object_meta metadata;
  std::string phase, reclaim_policy, driver; ///< driver: empty if it is no CSI volume
  object_key claim;                          ///< spec.claimRef; empty if it has none
  std::string claim_uid; ///< of spec.claimRef; empty: kept for a claim that may not exist yet

  static result<persistent_volume> decode(const nlohmann::json& object);
};

} // namespace k8s
