#pragma once

#include "actors/metered.hpp"
#include "actors/volume_backup/observed.hpp"
#include "messages/type_ids.hpp"

#include <caf/all.hpp>

#include <chrono>
#include <functional>

/// What every actor of the operator starts with. The only file that knows the pitfalls of CAF 0.17.
namespace actors {

/// The self pointer of an actor function with interface `Handle` and state `State`.
template <class Handle, class State>
using self_of = caf::stateful_actor<State, metered<State, typename Handle::base>>*;

/// Replaces CAF's defaults, by which an unexpected message or an error reply ends the *sender*:
/// here a stray message is answered with an error if it was a request and dropped if not, and an
/// error that nobody waits for is dropped. Call first in every actor.
template <class Self>
void harden(Self* self) {
  self->set_default_handler(
      [](caf::scheduled_actor* receiver, caf::message_view&) -> caf::result<caf::message> {
        if (receiver->current_message_id().is_request())
          return caf::make_error(caf::sec::unexpected_message);
        return caf::delegated<caf::message>{};
      });
  self->set_error_handler([](caf::scheduled_actor*, caf::error&) {});
  self->set_down_handler([](caf::scheduled_actor*, caf::down_msg&) {});
}

/// The handle of an actor as its own children and foreign threads may keep it.
template <class Handle, class Self>
Handle handle_of(Self* self) {
  return caf::actor_cast<Handle>(caf::strong_actor_ptr{self->ctrl()});
}

using wall_clock = std::function<k8s::timestamp()>;

/// Now on both clocks; the steady one is the actor system's, which tests drive by hand.
template <class Self>
moment now(Self* self, const wall_clock& wall) {
  return {self->clock().now(), wall()};
}

} // namespace actors
