#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace actors {

/// What a storage driver is asked for at most.
struct driver_limits {
  std::optional<std::size_t> most_at_once{}; ///< snapshots that are asked for and not yet cut; > 0
  std::optional<double> per_second{};        ///< snapshots asked for; > 0

  bool operator==(const driver_limits&) const = default;
};

/// Snapshots, by the driver that is to cut them.
using driver_demand = std::map<std::string, std::size_t>;

} // namespace actors
