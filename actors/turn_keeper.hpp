#pragma once

#include "actors/context.hpp"
#include "actors/volume_backup/freeze_turns.hpp"

#include <unordered_map>

namespace actors {

/// Lets one backup at a time freeze a workload.
struct turn_keeper_state {
  static constexpr const char* name = "turn_keeper";

  struct waiting {
    turn_taker taker;
    std::string name;
  };

  explicit turn_keeper_state(turn_keeper_actor::pointer actor) : self{actor} {}

  void enter(const take_turn& wish);
  void leave(const caf::actor_addr& taker);
  std::string names_of(const std::vector<freeze_turns::ticket>& tickets) const;

  turn_keeper_actor::pointer self;
  freeze_turns turns;
  freeze_turns::ticket last_ticket = 0;
  std::unordered_map<freeze_turns::ticket, waiting> takers;
  std::unordered_map<caf::actor_addr, freeze_turns::ticket> tickets;
};

turn_keeper_actor::behavior_type turn_keeper(self_of<turn_keeper_actor, turn_keeper_state> self);

} // namespace actors
