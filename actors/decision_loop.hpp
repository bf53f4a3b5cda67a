#pragma once

#include "actors/volume_backup/next_step.hpp"
#include "actors/volume_restore/next_restore_step.hpp"
#include "messages/backup.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <variant>

namespace actors {

/// What a supervisor does with every fact: asks its policy for the next step and performs it, until
/// there is nothing to do but wait.
class decision_loop {
public:
  template <class AwaitFact, class Finish, class Supervisor, class World>
  void advance(Supervisor& supervisor, const World& world) {
    if (is_advancing_) // a step's own fact; the loop below sees it
      return;
    is_advancing_ = true;
    for (auto next = decide(world, supervisor.time()); !std::holds_alternative<AwaitFact>(next);
         next = decide(world, supervisor.time())) {
      supervisor.context.log.debug(supervisor.about(to_string(next)), "next: " + to_string(next));
      std::visit([&supervisor](const auto& chosen) { supervisor.perform(chosen); }, next);
      if (std::holds_alternative<Finish>(next))
        return;
    }
    is_advancing_ = false;
    arm_timer(supervisor, world);
  }

  /// Some facts bring a deadline and no step.
  template <class Supervisor, class World>
  void arm_timer(Supervisor& supervisor, const World& world) {
    const auto at = supervisor.time();
    const auto deadline = next_deadline(world, at);
    if (!deadline)
      return;
    const auto due = std::min(*deadline, at.steady + longest_timer);
    if (timer_due_ && *timer_due_ <= due)
      return;
    timer_due_ = due;
    supervisor.self->delayed_send(supervisor.self, due - at.steady, messages::deadline_passed{});
  }

  /// `deadline_passed` has come.
  void note_timer() { timer_due_.reset(); }

private:
  /// A delayed message cannot be cancelled and keeps the actor's storage until it arrives, so none
  /// goes far ahead.
  static constexpr std::chrono::seconds longest_timer{60};

  std::optional<std::chrono::steady_clock::time_point> timer_due_; ///< of the one on its way
  bool is_advancing_ = false;
};

} // namespace actors
