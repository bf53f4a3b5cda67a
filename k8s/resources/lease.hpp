#pragma once

#include "k8s/resource.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace k8s {

/// Lease of coordination.k8s.io/v1, by which candidates elect a leader.
struct lease {
  static constexpr resource_kind kind{"coordination.k8s.io", "v1", "leases", "Lease"};

  object_meta metadata;
  std::string holder;               ///< empty: released
  std::chrono::seconds duration{0}; ///< how long others wait after they saw it renewed
  std::optional<timestamp> acquired, renewed;
  std::int64_t transitions = 0; ///< how often the holder changed

  static result<lease> decode(const nlohmann::json& object);
  /// The whole object. Its times have six digits: the server refuses a MicroTime without a
  /// fraction.
  nlohmann::json encode() const;
};

} // namespace k8s
