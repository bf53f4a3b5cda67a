#include "actors/backup_dispatcher.hpp"

#include "actors/volume_backup/supervisor.hpp"

#include <utility>

namespace actors {

namespace {

/// Something is left to do: it has not ended, or it has and still holds our finalizer.
bool needs_supervisor(const crds::volume_backup& backup) {
  const bool holds_finalizer = backup.metadata.has_finalizer(crds::volume_backup::finalizer);
  if (is_final(backup.status.phase))
    return holds_finalizer;
  return !backup.metadata.is_being_deleted() || holds_finalizer;
}

} // namespace

dispatcher_actor::behavior_type backup_dispatcher_state::make_behavior(operator_context shared) {
  context = std::move(shared);
  self->set_down_handler([this](caf::down_msg& down) { note_down(down); });
  return {
      [this](const backup_changed& fact) {
        context.metrics->backup_seen(fact.backup->metadata.uid, fact.backup->status.phase);
        note(fact);
      },
      [this](const backup_removed& fact) {
        context.metrics->backup_gone(fact.uid);
        successors.erase(fact.key);
        waiting.erase(fact.key);
        if (const auto found = backups.find(fact.key); found != backups.end())
          self->send(found->second.supervisor, fact);
      },
      [this](const backups_synced&) {
        is_synced = true;
        begin_waiting();
      },
      [this](const lead&) {
        is_leading = true;
        begin_waiting();
      },
      [this](const stop_work&) { stop(); },
  };
}

void backup_dispatcher_state::note(const backup_changed& fact) {
  const auto& metadata = fact.backup->metadata;
  const auto found = backups.find(metadata.key());
  if (found == backups.end()) {
    if (is_stopping || !needs_supervisor(*fact.backup))
      waiting.erase(metadata.key());
    else if (is_leading && (is_synced || has_begun(fact.backup->status.phase)))
      start(fact.backup);
    else
      waiting[metadata.key()] = fact.backup;
    return;
  }
  self->send(found->second.supervisor, fact);
  if (found->second.uid != metadata.uid)
    successors[metadata.key()] = fact.backup;
}

/// What another process may have left frozen comes first.
void backup_dispatcher_state::begin_waiting() {
  if (!is_leading || is_stopping)
    return;
  auto all = std::exchange(waiting, {});
  for (const auto& [key, backup] : all)
    if (has_begun(backup->status.phase))
      note({backup});
  for (const auto& [key, backup] : all)
    if (!has_begun(backup->status.phase))
      note({backup});
  if (is_synced)
    context.log.info({}, "watching VolumeBackups, " + std::to_string(backups.size()) + " running");
}

void backup_dispatcher_state::start(const backup_ptr& backup) {
  const auto key = backup->metadata.key();
  auto child = self->spawn<caf::monitored>(supervisor, context, backup);
  keys[child->address()] = key;
  backups[key] = {std::move(child), backup->metadata.uid};
}

void backup_dispatcher_state::note_down(const caf::down_msg& down) {
  const auto found = keys.find(down.source);
  if (found == keys.end())
    return;
  const auto key = found->second;
  keys.erase(found);
  backups.erase(key);
  if (down.reason && down.reason != caf::exit_reason::user_shutdown)
    context.log.error({key, {}, {}},
                      "the supervisor ended unexpectedly: " + self->system().render(down.reason));
  if (is_stopping) {
    if (backups.empty())
      self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  if (auto successor = successors.extract(key))
    note({successor.mapped()});
}

void backup_dispatcher_state::stop() {
  is_stopping = true;
  context.log.info({}, "stopping, " + std::to_string(backups.size()) + " backup(s) running");
  for (const auto& [key, backup] : backups)
    self->send(backup.supervisor, stop_work{});
  if (backups.empty())
    self->quit(caf::exit_reason::user_shutdown);
}

dispatcher_actor::behavior_type
backup_dispatcher(self_of<dispatcher_actor, backup_dispatcher_state> self,
                  operator_context context) {
  harden(self);
  return self->state.make_behavior(std::move(context));
}

} // namespace actors
