#pragma once

#include <chrono>
#include <functional>

namespace k8s {

/// A number in [0, 1), anew with each call.
using random_source = std::function<double()>;

/// Waiting times that double from `first` to `longest`.
struct backoff {
  std::chrono::milliseconds first;
  std::chrono::milliseconds longest;

  /// The wait after so many failures in a row (1 or more), less up to a half of it so that many
  /// clients do not come back at once.
  std::chrono::milliseconds delay(int failures, const random_source& random) const;
};

/// Seeded by the system. Not thread-safe.
random_source system_random();

} // namespace k8s
