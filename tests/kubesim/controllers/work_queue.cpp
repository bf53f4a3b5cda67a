#include "tests/kubesim/controllers/work_queue.hpp"

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;

std::chrono::milliseconds delay_after(int failures) {
  return std::min<std::chrono::milliseconds>(5ms * (1 << std::min(failures, 10)), 5s);
}

} // namespace

void work_queue::add(const object_ref& object) {
  if (!is_ready_.insert(object).second)
    return;
  ready_.push_back(object);
  wake_();
}

void work_queue::add_at(const object_ref& object, time_point when) {
  auto [there, is_new] = appointments_.try_emplace(object, when);
  if (!is_new) {
    if (there->second <= when)
      return;
    calendar_.erase({there->second, object});
    there->second = when;
  }
  calendar_.insert({when, object});
  wake_();
}

std::optional<object_ref> work_queue::take(time_point now) {
  while (!calendar_.empty() && calendar_.begin()->first <= now) {
    auto object = calendar_.extract(calendar_.begin()).value().second;
    appointments_.erase(object);
    if (is_ready_.insert(object).second)
      ready_.push_back(std::move(object));
  }
  if (ready_.empty())
    return std::nullopt;
  auto object = std::move(ready_.front());
  ready_.pop_front();
  is_ready_.erase(object);
  return object;
}

std::optional<time_point> work_queue::next_due() const {
  if (!ready_.empty())
    return time_point::min();
  if (!calendar_.empty())
    return calendar_.begin()->first;
  return std::nullopt;
}

void work_queue::failed(const object_ref& object, time_point now) {
  add_at(object, now + delay_after(failures_[object]++));
}

} // namespace kubesim::control
