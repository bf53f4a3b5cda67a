#pragma once

#include "actors/actor_statistics.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <utility>

namespace actors {

/// Counts and times what an actor does, for `actor_statistics` of its type. The runtime of Debian's
/// CAF is built without its profiler; these are the virtual functions that it calls: `enqueue` on
/// any thread, `consume` on the actor's, once for each message, `cleanup` once.
///
/// The wait in the mailbox is measured for one message at a time, so that a message costs two
/// readings of the clock and no lock.
template <class State, class Base>
class metered : public Base {
public:
  /// As CAF's helpers ask for the class without state.
  using actor_base = Base;

  template <class... Ts>
  explicit metered(caf::actor_config& config, Ts&&... arguments)
      : Base(config, std::forward<Ts>(arguments)...) {
    statistics().note_spawned();
  }

  using Base::enqueue;
  void enqueue(caf::mailbox_element_ptr element, caf::execution_unit* unit) override {
    const caf::mailbox_element* none = nullptr;
    if (followed_.load(std::memory_order_relaxed) == nullptr
        && claimed_.compare_exchange_strong(none, element.get(), std::memory_order_relaxed)) {
      followed_since_ = clock::now();
      followed_.store(element.get(), std::memory_order_release);
    }
    Base::enqueue(std::move(element), unit);
  }

  caf::invoke_message_result consume(caf::mailbox_element& element) override {
    const auto begun = clock::now();
    if (followed_.load(std::memory_order_acquire) == &element) {
      statistics().note_wait(begun - followed_since_);
      followed_.store(nullptr, std::memory_order_relaxed);
      claimed_.store(nullptr, std::memory_order_release);
    }
    const auto result = Base::consume(element);
    if (result != caf::invoke_message_result::skipped)
      statistics().note_handled(clock::now() - begun);
    return result;
  }

  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    if (!std::exchange(has_ended_, true))
      statistics().note_ended();
    return Base::cleanup(std::move(reason), host);
  }

private:
  using clock = std::chrono::steady_clock;

  static actor_statistics& statistics() {
    static actor_statistics& of_type = actor_statistics::of(State::name);
    return of_type;
  }

  /// The message whose wait is measured; claimed by the thread that sends it before it says since
  /// when.
  std::atomic<const caf::mailbox_element*> claimed_{nullptr}, followed_{nullptr};
  clock::time_point followed_since_{};
  bool has_ended_ = false;
};

} // namespace actors
