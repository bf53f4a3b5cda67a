#pragma once

#include "k8s/backoff.hpp"
#include "k8s/error.hpp"
#include "k8s/request.hpp"

#include <chrono>
#include <optional>

/// Pure: whether and when a failed request is sent again.
namespace k8s {

/// One failed try of a call, seen from the moment it failed.
struct failed_try {
  int number = 1; ///< the first try is 1
  std::chrono::nanoseconds since_start{};
  std::chrono::nanoseconds deadline{}; ///< of the whole call
};

/// How long to wait before the next try; empty: give up, because repeating is useless, not safe, or
/// would pass the deadline.
std::optional<std::chrono::milliseconds> wait_before_retry(repeatable repeat, const error& failure,
                                                           const failed_try& at,
                                                           const random_source& random);

} // namespace k8s
