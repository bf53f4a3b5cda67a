#include "actors/actor_statistics.hpp"

#include <algorithm>
#include <deque>
#include <mutex>

namespace actors {

namespace {

struct registry {
  std::mutex mutex;
  std::deque<actor_statistics> types; ///< never moves one
};

registry& all() {
  static registry types;
  return types;
}

} // namespace

void duration_histogram::note(std::chrono::nanoseconds span) {
  const auto in_seconds = std::chrono::duration<double>(span).count();
  const auto bound = std::lower_bound(bounds.begin(), bounds.end(), in_seconds);
  counts[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
  nanoseconds.fetch_add(static_cast<std::uint64_t>(std::max<std::int64_t>(span.count(), 0)),
                        std::memory_order_relaxed);
}

actor_statistics& actor_statistics::of(const char* name) {
  const std::lock_guard lock{all().mutex};
  for (auto& known : all().types)
    if (known.name == name)
      return known;
  return all().types.emplace_back(name);
}

void actor_statistics::for_each(const std::function<void(const actor_statistics&)>& visit) {
  const std::lock_guard lock{all().mutex};
  for (const auto& each : all().types)
    visit(each);
}

} // namespace actors
