#pragma once

#include "tests/kubesim/csi/driver.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <vector>

namespace kubesim {

/// How a cut shall go: latency, failures, lies. README.md lists the keys.
struct wishes {
  std::chrono::milliseconds latency{0}, ready_latency{0}, lie{0};
  std::string error;
  int errors_left = std::numeric_limits<int>::max(); ///< counts if there is an error
  bool tells_early = false; ///< a driver that reports a creation time before it cuts
  bool never_ready = false;
};

/// The first of `objects` whose annotations have a key decides it, else the class's parameters,
/// else the options.
wishes wishes_of(const std::vector<const json*>& objects, const json& its_class,
                 const csi_options& options);

} // namespace kubesim
