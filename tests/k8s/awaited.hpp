#pragma once

#include "k8s/result.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace k8s::testing {

/// What callbacks on the loop's thread bring, in order, for a test that waits for it.
template <class T>
class inbox {
public:
  void put(T value) {
    const std::lock_guard lock{mutex_};
    arrived_.push_back(std::move(value));
    changed_.notify_all();
  }

  /// The next one; empty if none came within 20 s.
  std::optional<T> next() {
    std::unique_lock lock{mutex_};
    if (!changed_.wait_for(lock, std::chrono::seconds{20},
                           [this] { return taken_ < arrived_.size(); }))
      return std::nullopt;
    return arrived_[taken_++];
  }

  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return arrived_.size();
  }

  auto putting() {
    return [this](T value) { put(std::move(value)); };
  }

private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<T> arrived_;
  std::size_t taken_ = 0;
};

/// Starts a call with the callback it is given and waits for the outcome.
template <class T>
result<T> outcome_of(const std::function<void(callback<T>)>& start) {
  // Shared: if it never comes the callback may still come after the test gave up.
  const auto box = std::make_shared<inbox<result<T>>>();
  start([box](result<T> outcome) { box->put(std::move(outcome)); });
  auto outcome = box->next();
  if (outcome)
    return std::move(*outcome);
  ADD_FAILURE() << "the callback never came";
  return error{};
}

} // namespace k8s::testing
