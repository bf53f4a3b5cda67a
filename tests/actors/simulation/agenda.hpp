#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <random>

namespace simulation {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using instant = std::chrono::steady_clock::time_point;

/// What happens when, on the simulated clock. Tasks of one instant run in the order of their entry.
class agenda {
public:
  using task = std::function<void()>;

  void at(instant when, task what) { tasks_.emplace(when, std::move(what)); }
  std::optional<instant> next() const {
    return tasks_.empty() ? std::nullopt : std::optional{tasks_.begin()->first};
  }
  /// Takes out the next one.
  task take() {
    auto what = std::move(tasks_.begin()->second);
    tasks_.erase(tasks_.begin());
    return what;
  }

private:
  std::multimap<instant, task> tasks_;
};

/// Everything random comes from one seed.
class dice {
public:
  explicit dice(unsigned seed) : engine_{seed} {}

  bool chance(int percent) { return below(100) < percent; }
  int below(int limit) { return static_cast<int>(engine_() % static_cast<unsigned>(limit)); }
  milliseconds span(milliseconds least, milliseconds most) {
    return least + milliseconds{below(static_cast<int>((most - least).count()) + 1)};
  }

private:
  std::mt19937 engine_;
};

} // namespace simulation
