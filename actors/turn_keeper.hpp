#pragma once

#include "actors/context.hpp"
#include "actors/scheduling/driver_slots.hpp"
#include "actors/scheduling/freeze_turns.hpp"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>

namespace actors {

/// Lets one backup at a time freeze a workload, and only as many as the drivers have slots for.
/// First the workload's turn, then the slots: nobody holds a slot while it waits for a thaw.
struct turn_keeper_state {
  static constexpr const char* name = "turn_keeper";

  struct waiting {
    turn_taker taker;
    std::string name, name_space;
    driver_demand snapshots;
    bool freezes = false;
  };

  turn_keeper_state(turn_keeper_actor::pointer actor) : self{actor} {}

  turn_keeper_actor::behavior_type make_behavior(std::map<std::string, driver_limits> limits,
                                                 std::shared_ptr<actors::metrics> counts);
  void enter(const take_turn& wish);
  void line_up(freeze_turns::ticket which);
  void leave(const caf::actor_addr& taker, std::optional<std::chrono::nanoseconds> overhead);
  void admit();
  std::string names_of(const std::vector<freeze_turns::ticket>& tickets) const;

  turn_keeper_actor::pointer self;
  std::shared_ptr<actors::metrics> metrics;
  freeze_turns turns;
  driver_slots slots{{}};
  freeze_turns::ticket last_ticket = 0;
  std::unordered_map<freeze_turns::ticket, waiting> takers;
  std::unordered_map<caf::actor_addr, freeze_turns::ticket> tickets;
  std::optional<std::chrono::steady_clock::time_point> timer_due;
};

turn_keeper_actor::behavior_type turn_keeper(self_of<turn_keeper_actor, turn_keeper_state> self,
                                             std::map<std::string, driver_limits> limits,
                                             std::shared_ptr<metrics> counts);

} // namespace actors
