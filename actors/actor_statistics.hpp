#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace actors {

/// Counts of durations, by upper bounds in seconds. Lock-free; each field by itself is exact.
struct duration_histogram {
  static constexpr std::array<double, 10> bounds{1e-6, 1e-5, 1e-4, 5e-4, 1e-3,
                                                 5e-3, 1e-2, 1e-1, 1,    10};

  void note(std::chrono::nanoseconds span);

  std::array<std::atomic<std::uint64_t>, bounds.size() + 1> counts{};
  std::atomic<std::uint64_t> nanoseconds{0}; ///< their sum
};

/// What the actors of one type have done since the process began. One for each type, for ever, so
/// that actors of several systems share it; thread-safe.
class actor_statistics {
public:
  /// `name` outlives the process's actors: a literal.
  static actor_statistics& of(const char* name);
  static void for_each(const std::function<void(const actor_statistics&)>& visit);

  explicit actor_statistics(const char* its_name) : name{its_name} {}

  void note_spawned() { spawned.fetch_add(1, std::memory_order_relaxed); }
  void note_ended() { ended.fetch_add(1, std::memory_order_relaxed); }
  void note_wait(std::chrono::nanoseconds span) { wait.note(span); }
  void note_handled(std::chrono::nanoseconds span) { handling.note(span); }

  const std::string_view name;
  std::atomic<std::uint64_t> spawned{0}, ended{0};
  duration_histogram wait, handling;
};

} // namespace actors
