#include "actors/turn_keeper.hpp"

namespace actors {

void turn_keeper_state::enter(const take_turn& wish) {
  const auto ticket = ++last_ticket;
  takers[ticket] = {wish.taker, wish.name};
  tickets[wish.taker.address()] = ticket;
  self->monitor(wish.taker);
  if (wish.has_frozen_already)
    turns.enter_first(ticket, wish.keys);
  else if (turns.enter(ticket, wish.keys))
    self->send(wish.taker, turn_granted{});
  else
    self->send(wish.taker, turn_delayed{names_of(turns.ahead_of(ticket))});
}

void turn_keeper_state::leave(const caf::actor_addr& taker) {
  const auto found = tickets.extract(taker);
  if (!found)
    return;
  takers.erase(found.mapped());
  for (const auto next : turns.leave(found.mapped()))
    self->send(takers.at(next).taker, turn_granted{});
}

std::string turn_keeper_state::names_of(const std::vector<freeze_turns::ticket>& those) const {
  std::string names;
  for (const auto ticket : those)
    names += (names.empty() ? "" : ", ") + takers.at(ticket).name;
  return names;
}

turn_keeper_actor::behavior_type turn_keeper(self_of<turn_keeper_actor, turn_keeper_state> self) {
  harden(self);
  self->set_down_handler([self](caf::down_msg& down) { self->state.leave(down.source); });
  return {
      [self](const take_turn& wish) { self->state.enter(wish); },
      [self](const end_turn& end) {
        self->demonitor(end.taker.address());
        self->state.leave(end.taker.address());
      },
  };
}

} // namespace actors
