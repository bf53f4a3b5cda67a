#include "actors/snapshot_feed.hpp"

#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>

namespace actors {

namespace {

using self_pointer = self_of<snapshot_feed_actor, snapshot_feed_state>;

/// Decodes on the loop's thread and sends the fact; an object that does not decode says nothing.
template <k8s::resource T>
k8s::watch_handlers forward_to(const snapshot_feed_actor& feed) {
  k8s::watch_handlers handlers;
  handlers.on_changed = [feed](const nlohmann::json& object) {
    if (auto decoded = T::decode(object))
      caf::anon_send(feed, observe(*decoded));
  };
  return handlers;
}

void start_watches(self_pointer self, const snapshot_feed_config& config) {
  const auto me = handle_of<snapshot_feed_actor>(self);
  auto& watches = self->state.watches;
  auto snapshots = forward_to<k8s::volume_snapshot>(me);
  snapshots.on_removed = [me](const k8s::object_key& key, const std::string& uid) {
    snapshot_observed gone;
    gone.snapshot = key;
    gone.uid = uid;
    gone.is_deleted = true;
    caf::anon_send(me, std::move(gone));
  };
  if (config.namespaces.empty()) {
    watches.emplace_back(*config.api, k8s::volume_snapshot::kind, k8s::watch_target{}, snapshots);
    watches.emplace_back(*config.api, k8s::volume_snapshot_content::kind, k8s::watch_target{},
                         forward_to<k8s::volume_snapshot_content>(me));
  }
  for (const auto& name_space : config.namespaces)
    watches.emplace_back(*config.api, k8s::volume_snapshot::kind,
                         k8s::watch_target{name_space, {}, {}}, snapshots);
}

void unfollow(snapshot_feed_state& state, const k8s::object_key& key, const caf::actor_addr& who) {
  const auto found = state.followers.find(key);
  if (found == state.followers.end())
    return;
  std::erase_if(found->second,
                [&who](const snapshot_follower& follower) { return follower.address() == who; });
  if (found->second.empty())
    state.followers.erase(found);
}

} // namespace

snapshot_feed_actor::behavior_type snapshot_feed(self_pointer self, snapshot_feed_config config) {
  harden(self);
  // A follower that was killed did not say goodbye. Rare (a supervisor's end), so a search through
  // all names will do.
  self->set_down_handler([self](caf::down_msg& down) {
    auto& followers = self->state.followers;
    for (auto entry = followers.begin(); entry != followers.end();) {
      std::erase_if(entry->second, [&down](const snapshot_follower& follower) {
        return follower.address() == down.source;
      });
      entry = entry->second.empty() ? followers.erase(entry) : std::next(entry);
    }
  });
  if (config.api)
    start_watches(self, config);
  return {
      [self](const follow_snapshot& command) {
        self->monitor(command.subscriber);
        self->state.followers[command.snapshot].push_back(command.subscriber);
      },
      [self](const unfollow_snapshot& command) {
        self->demonitor(command.subscriber.address());
        unfollow(self->state, command.snapshot, command.subscriber.address());
      },
      [self](const snapshot_observed& fact) {
        const auto found = self->state.followers.find(fact.snapshot);
        if (found == self->state.followers.end())
          return;
        for (const auto& follower : found->second)
          self->send<caf::message_priority::high>(follower, fact);
      },
  };
}

} // namespace actors
