#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <cstddef>
#include <deque>
#include <functional>

namespace kubesim::http {

/// The last requests with when (ms of Unix time) they were answered, who, what and the code of the
/// answer, and where to write each down.
class request_log {
public:
  using writer = std::function<void(const json& entry)>;

  explicit request_log(writer write) : write_{std::move(write)} {}

  void add(json entry) {
    if (write_)
      write_(entry);
    entries_.push_back(std::move(entry));
    if (entries_.size() > longest_)
      entries_.pop_front();
  }
  const std::deque<json>& entries() const { return entries_; }
  void clear() { entries_.clear(); }

private:
  static constexpr std::size_t longest_ = 10'000;

  writer write_;
  std::deque<json> entries_;
};

} // namespace kubesim::http
