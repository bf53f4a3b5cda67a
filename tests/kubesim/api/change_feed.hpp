#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace kubesim {

/// Brings committed changes to their subscribers: in order, and never from within the verb that
/// committed them.
class change_feed : public std::enable_shared_from_this<change_feed> {
public:
  using callback = std::function<void(const change&)>;
  using poster = std::function<void(std::function<void()>)>;

  explicit change_feed(poster post) : post_{std::move(post)} {}

  /// Calls back for the changes of a topic after `from`, until the token dies.
  registry::subscription subscribe(const std::string& topic, std::uint64_t from,
                                   callback on_change);
  void publish(const std::string& topic, const change& what);
  /// The version up to which everything has been delivered, if `newest` is the last one committed.
  std::uint64_t delivered(std::uint64_t newest) const {
    return waiting_.empty() ? newest : waiting_.front().second.resource_version - 1;
  }

private:
  struct subscriber {
    std::uint64_t from;
    callback on_change;
  };

  void deliver();
  void deliver_one(const std::string& topic, const change& what);

  poster post_;
  std::map<std::string, std::vector<std::weak_ptr<subscriber>>> topics_;
  std::deque<std::pair<std::string, change>> waiting_;
  bool is_posted_ = false;
};

} // namespace kubesim
