#include "actors/operator_root.hpp"

#include "actors/backup_dispatcher.hpp"
#include "actors/provider_keeper.hpp"
#include "actors/restore_dispatcher.hpp"
#include "actors/restore_keeper.hpp"
#include "actors/snapshot_feed.hpp"
#include "actors/turn_keeper.hpp"

#include <utility>

namespace actors {

namespace {

/// Decodes on the loop's thread; what does not decode is logged, for no schema should have let it
/// in.
template <class T, class Fact, class Handle>
std::function<void(const nlohmann::json&)> decoded_to(const Handle& receiver, const journal& log) {
  return [receiver, log](const nlohmann::json& object) {
    auto decoded = T::decode(object);
    if (decoded)
      caf::anon_send(receiver, Fact{std::make_shared<const T>(std::move(*decoded))});
    else
      log.error({}, "ignored a " + std::string{T::kind.kind}
                        + " that cannot be read: " + to_string(decoded.error()));
  };
}

std::function<void(std::string_view, const k8s::error*)>
noted_restart(const k8s::resource_kind& kind, const journal& log,
              const std::shared_ptr<metrics>& counts) {
  return [plural = std::string{kind.plural}, log, counts](std::string_view reason,
                                                          const k8s::error* cause) {
    counts->watch_restarted(plural, reason);
    const auto text = "watch of " + plural + " begins again: " + std::string{reason}
                      + (cause ? ": " + to_string(*cause) : "");
    if (cause)
      log.warn({}, text);
    else
      log.debug({}, text);
  };
}

std::vector<std::string> scopes_of(const root_config& config) {
  return config.namespaces.empty() ? std::vector<std::string>{""} : config.namespaces;
}

} // namespace

root_state::~root_state() {
  watches.clear(); // no more facts, then no more receivers
  for (const auto& child : {caf::actor_cast<caf::strong_actor_ptr>(dispatcher),
                            caf::actor_cast<caf::strong_actor_ptr>(restore_dispatcher),
                            caf::actor_cast<caf::strong_actor_ptr>(restore_keeper),
                            caf::actor_cast<caf::strong_actor_ptr>(keeper),
                            caf::actor_cast<caf::strong_actor_ptr>(context.snapshots),
                            caf::actor_cast<caf::strong_actor_ptr>(context.turns),
                            caf::actor_cast<caf::strong_actor_ptr>(context.cluster)})
    if (child)
      caf::anon_send_exit(child, caf::exit_reason::kill);
}

root_actor::behavior_type root_state::make_behavior(root_config given) {
  config = std::move(given);
  self->set_down_handler([this](caf::down_msg& down) { note_down(down); });
  context.cluster = self->spawn<caf::monitored>(
      cluster,
      cluster_config{.api = config.api, .may_act = config.may_act, .instance = config.instance});
  context.snapshots = self->spawn<caf::monitored>(
      snapshot_feed, snapshot_feed_config{config.api, config.namespaces});
  context.turns = self->spawn<caf::monitored>(turn_keeper);
  context.exec = config.exec;
  context.api = config.api;
  context.wall = [] { return k8s::timestamp{std::chrono::system_clock::now()}; };
  context.may_act = config.may_act;
  context.limits = config.limits;
  context.watches_contents = config.namespaces.empty();
  context.log = config.log;
  context.metrics = config.metrics;
  dispatcher = self->spawn<caf::monitored>(backup_dispatcher, context);
  restore_dispatcher = self->spawn<caf::monitored>(actors::restore_dispatcher, context);
  restore_keeper = self->spawn<caf::monitored>(actors::restore_keeper, context);
  start_watches();
  watch_restores();
  return {
      [this](const lead&) {
        self->send(dispatcher, lead{});
        self->send(restore_dispatcher, lead{});
        self->send(restore_keeper, lead{});
        watch_providers();
      },
      [this](const stop_work&) {
        is_stopping = true;
        watches.clear();
        self->send(dispatcher, stop_work{});
        self->send(restore_dispatcher, stop_work{});
      },
  };
}

void root_state::start_watches() {
  k8s::watch_handlers backups;
  backups.on_changed = decoded_to<crds::volume_backup, backup_changed>(dispatcher, config.log);
  backups.on_removed = [to = dispatcher](const k8s::object_key& key, const std::string& uid) {
    caf::anon_send(to, backup_removed{key, uid});
  };
  backups.on_restart = noted_restart(crds::volume_backup::kind, config.log, config.metrics);
  const auto scopes = scopes_of(config);
  const auto unsynced = std::make_shared<std::size_t>(scopes.size());
  for (const auto& name_space : scopes) {
    backups.on_synced
        = [to = dispatcher, synced = config.on_synced, unsynced, is_first = true]() mutable {
            if (!std::exchange(is_first, false) || --*unsynced > 0)
              return;
            caf::anon_send(to, backups_synced{});
            synced();
          };
    watches.emplace_back(*config.api, crds::volume_backup::kind,
                         k8s::watch_target{name_space, {}, {}}, backups);
  }
}

void root_state::watch_restores() {
  k8s::watch_handlers restores;
  restores.on_changed
      = [to_dispatcher
         = decoded_to<crds::volume_restore, restore_changed>(restore_dispatcher, config.log),
         to_keeper = decoded_to<crds::volume_restore, restore_changed>(restore_keeper, config.log)](
            const nlohmann::json& object) {
          to_dispatcher(object);
          to_keeper(object);
        };
  restores.on_removed = [dispatcher = restore_dispatcher, keeper = restore_keeper](
                            const k8s::object_key& key, const std::string& uid) {
    caf::anon_send(dispatcher, restore_removed{key, uid});
    caf::anon_send(keeper, restore_removed{key, uid});
  };
  restores.on_restart = noted_restart(crds::volume_restore::kind, config.log, config.metrics);
  for (const auto& name_space : scopes_of(config))
    watches.emplace_back(*config.api, crds::volume_restore::kind,
                         k8s::watch_target{name_space, {}, {}}, restores);
}

/// Only who leads writes their conditions, and nobody waits for them.
void root_state::watch_providers() {
  keeper = self->spawn<caf::monitored>(provider_keeper, context);
  k8s::watch_handlers providers;
  providers.on_changed
      = decoded_to<crds::volume_backup_provider, provider_changed>(keeper, config.log);
  providers.on_restart
      = noted_restart(crds::volume_backup_provider::kind, config.log, config.metrics);
  for (const auto& name_space : scopes_of(config))
    watches.emplace_back(*config.api, crds::volume_backup_provider::kind,
                         k8s::watch_target{name_space, {}, {}}, providers);
}

void root_state::note_down(const caf::down_msg& down) {
  const bool is_dispatcher
      = down.source == dispatcher.address() || down.source == restore_dispatcher.address();
  if (is_stopping && is_dispatcher) {
    if (--dispatchers_left == 0)
      self->quit(caf::exit_reason::user_shutdown);
    return;
  }
  config.log.error({},
                   "a long-lived actor ended unexpectedly: " + self->system().render(down.reason));
  self->quit(caf::exit_reason::unhandled_exception);
}

root_actor::behavior_type operator_root(self_of<root_actor, root_state> self, root_config config) {
  harden(self);
  return self->state.make_behavior(std::move(config));
}

} // namespace actors
