#include "tests/kubesim/api/change_feed.hpp"

#include <algorithm>

namespace kubesim {

registry::subscription change_feed::subscribe(const std::string& topic, std::uint64_t from,
                                              callback on_change) {
  auto one = std::make_shared<subscriber>(subscriber{from, std::move(on_change)});
  topics_[topic].push_back(one);
  return one;
}

void change_feed::publish(const std::string& topic, const change& what) {
  waiting_.emplace_back(topic, what);
  if (is_posted_)
    return;
  is_posted_ = true;
  post_([weak = weak_from_this()] {
    if (auto self = weak.lock())
      self->deliver();
  });
}

void change_feed::deliver() {
  is_posted_ = false;
  // What the callbacks commit is delivered by the next task, so that they cannot starve the loop.
  for (auto left = waiting_.size(); left > 0; --left) {
    auto [topic, what] = std::move(waiting_.front());
    waiting_.pop_front();
    deliver_one(topic, what);
  }
}

void change_feed::deliver_one(const std::string& topic, const change& what) {
  auto found = topics_.find(topic);
  if (found == topics_.end())
    return;
  std::erase_if(found->second, [](const auto& weak) { return weak.expired(); });
  // A copy, as callbacks subscribe and unsubscribe.
  for (const auto& weak : std::vector{found->second})
    if (auto one = weak.lock(); one && one->from < what.resource_version)
      one->on_change(what);
}

} // namespace kubesim
