#include "actors/restore_dispatcher.hpp"

#include "actors/volume_restore/restore_supervisor.hpp"

#include <utility>

namespace actors {

namespace {

/// Something is left to do: it has not ended, or it has and still holds our finalizer.
bool needs_supervisor(const crds::volume_restore& restore) {
  const bool holds_finalizer = restore.metadata.has_finalizer(crds::volume_restore::finalizer);
  if (is_final(restore.status.phase))
    return holds_finalizer;
  return !restore.metadata.is_being_deleted() || holds_finalizer;
}

} // namespace

restore_dispatcher_actor::behavior_type
restore_dispatcher_state::make_behavior(operator_context shared) {
  context = std::move(shared);
  self->set_down_handler([this](caf::down_msg& down) { note_down(down); });
  return {
      [this](const restore_changed& fact) { note(fact); },
      [this](const restore_removed& fact) {
        if (const auto found = waiting.find(fact.key);
            found != waiting.end() && found->second->metadata.uid == fact.uid)
          waiting.erase(found);
        if (const auto found = running.find(fact.key); found != running.end())
          self->send(found->second, fact);
      },
      [this](const lead&) {
        is_leading = true;
        begin_waiting();
      },
      [this](const stop_work&) { stop(); },
  };
}

void restore_dispatcher_state::note(const restore_changed& fact) {
  const auto key = fact.restore->metadata.key();
  if (const auto found = running.find(key); found != running.end()) {
    self->send(found->second, fact);
    waiting[key] = fact.restore; // may be a successor of the same name
    return;
  }
  if (is_stopping || !needs_supervisor(*fact.restore)) {
    waiting.erase(key);
    return;
  }
  if (!is_leading) {
    waiting[key] = fact.restore;
    return;
  }
  auto child = self->spawn<caf::monitored>(restore_supervisor, context, fact.restore);
  keys[child->address()] = key;
  running[key] = std::move(child);
}

void restore_dispatcher_state::begin_waiting() {
  for (const auto& [key, restore] : std::exchange(waiting, {}))
    note({restore});
}

void restore_dispatcher_state::note_down(const caf::down_msg& down) {
  const auto found = keys.find(down.source);
  if (found == keys.end())
    return;
  const auto key = found->second;
  keys.erase(found);
  running.erase(key);
  if (down.reason && down.reason != caf::exit_reason::user_shutdown)
    context.log.error({key, {}, {}}, "the restore supervisor ended unexpectedly: "
                                         + self->system().render(down.reason));
  if (is_stopping) {
    if (running.empty())
      self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  if (auto latest = waiting.extract(key))
    note({latest.mapped()});
}

void restore_dispatcher_state::stop() {
  is_stopping = true;
  for (const auto& [key, supervisor] : running)
    self->send(supervisor, stop_work{});
  if (running.empty())
    self->quit(caf::exit_reason::user_shutdown);
}

restore_dispatcher_actor::behavior_type
restore_dispatcher(self_of<restore_dispatcher_actor, restore_dispatcher_state> self,
                   operator_context context) {
  harden(self);
  return self->state.make_behavior(std::move(context));
}

} // namespace actors
