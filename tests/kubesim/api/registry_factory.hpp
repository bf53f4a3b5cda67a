#pragma once

#include "tests/kubesim/api/api_registry.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace kubesim {

/// What a registry needs from outside; all of it replaceable by a test.
struct registry_options {
  /// Runs a task later, on the same thread and not from within the call: how changes reach
  /// subscribers.
  std::function<void(std::function<void()>)> post;
  std::function<std::chrono::system_clock::time_point()> now
      = [] { return std::chrono::system_clock::now(); };
  /// Uniform 64 random bits: uids and generated names.
  std::function<std::uint64_t()> random;
  /// Changes kept per kind for watches and old lists; what is older is answered by 410.
  std::size_t history_length = 10'000;
};

/// An empty cluster that serves `kinds` (builtin_kinds(), as a rule).
std::unique_ptr<api_registry> make_registry(const std::vector<kind_rules>& kinds,
                                            registry_options options);

} // namespace kubesim
