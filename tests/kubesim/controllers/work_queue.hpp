#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>

namespace kubesim::control {

using time_point = std::chrono::system_clock::time_point;

/// Which objects a reconciler is to visit, each at most once however often it was asked for, and
/// when. Failed visits are repeated after a delay that doubles from 5 ms to 5 s.
class work_queue {
public:
  /// `wake` is called whenever the next visit may have moved closer.
  explicit work_queue(std::function<void()> wake) : wake_{std::move(wake)} {}

  void add(const object_ref& object);
  /// Keeps the earlier of two appointments.
  void add_at(const object_ref& object, time_point when);

  /// The next object whose time has come.
  std::optional<object_ref> take(time_point now);
  /// When `take` will have something; nothing if the queue is empty.
  std::optional<time_point> next_due() const;

  void succeeded(const object_ref& object) { failures_.erase(object); }
  void failed(const object_ref& object, time_point now);

private:
  std::function<void()> wake_;
  std::deque<object_ref> ready_;
  std::set<object_ref> is_ready_;
  std::map<object_ref, time_point> appointments_;
  std::set<std::pair<time_point, object_ref>> calendar_;
  std::map<object_ref, int> failures_;
};

} // namespace kubesim::control
