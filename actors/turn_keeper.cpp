#include "actors/turn_keeper.hpp"

#include <utility>

namespace actors {

turn_keeper_actor::behavior_type
turn_keeper_state::make_behavior(std::map<std::string, driver_limits> limits,
                                 std::shared_ptr<actors::metrics> counts) {
  slots = driver_slots{std::move(limits)};
  metrics = std::move(counts);
  self->set_down_handler([this](caf::down_msg& down) { leave(down.source, std::nullopt); });
  return {
      [this](const take_turn& wish) { enter(wish); },
      [this](const end_turn& end) {
        self->demonitor(end.taker.address());
        leave(end.taker.address(), end.overhead);
      },
      [this](const deadline_passed&) {
        timer_due.reset();
        admit();
      },
  };
}

void turn_keeper_state::enter(const take_turn& wish) {
  const auto ticket = ++last_ticket;
  const bool freezes = !wish.keys.empty();
  takers[ticket]
      = {wish.taker, wish.name_space + "/" + wish.name, wish.name_space, wish.snapshots, freezes};
  tickets[wish.taker.address()] = ticket;
  self->monitor(wish.taker);
  if (wish.has_frozen_already) {
    turns.enter_first(ticket, wish.keys);
    slots.enter_holding(ticket, wish.snapshots, freezes);
  } else if (turns.enter(ticket, wish.keys)) {
    line_up(ticket);
    admit();
    if (slots.is_waiting(ticket))
      self->send(wish.taker,
                 turn_delayed{"a slot of driver " + slots.driver_waited_for(ticket), true});
  } else {
    self->send(wish.taker, turn_delayed{names_of(turns.ahead_of(ticket)) + " to thaw", false});
  }
}

void turn_keeper_state::line_up(freeze_turns::ticket which) {
  const auto& taker = takers.at(which);
  if (taker.snapshots.empty())
    self->send(taker.taker, turn_granted{});
  else
    slots.enter(which, taker.name_space, taker.snapshots, taker.freezes);
}

void turn_keeper_state::leave(const caf::actor_addr& taker,
                              std::optional<std::chrono::nanoseconds> overhead) {
  const auto found = tickets.extract(taker);
  if (!found)
    return;
  const auto ticket = found.mapped();
  if (overhead)
    slots.note_overhead(ticket, *overhead);
  takers.erase(ticket);
  slots.leave(ticket);
  for (const auto next : turns.leave(ticket))
    line_up(next);
  admit();
}

void turn_keeper_state::admit() {
  const auto now = self->clock().now();
  for (const auto next : slots.admit(now))
    self->send(takers.at(next).taker, turn_granted{});
  for (const auto& [driver, depth] : slots.depths())
    metrics->set_queue_depth(driver, depth);
  const auto due = slots.next_admission(now);
  if (!due || (timer_due && *timer_due <= *due))
    return;
  timer_due = due;
  self->delayed_send(self, *due - now, deadline_passed{});
}

std::string turn_keeper_state::names_of(const std::vector<freeze_turns::ticket>& those) const {
  std::string names;
  for (const auto ticket : those)
    names += (names.empty() ? "" : ", ") + takers.at(ticket).name;
  return names;
}

turn_keeper_actor::behavior_type turn_keeper(self_of<turn_keeper_actor, turn_keeper_state> self,
                                             std::map<std::string, driver_limits> limits,
                                             std::shared_ptr<metrics> counts) {
  harden(self);
  return self->state.make_behavior(std::move(limits), std::move(counts));
}

} // namespace actors
