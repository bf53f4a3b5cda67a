#include "actors/snapshot_feed.hpp"

#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

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

k8s::watch_handlers with_removals(k8s::watch_handlers handlers, const snapshot_feed_actor& feed,
                                  k8s::object_key (*followed_as)(const k8s::object_key&)) {
  handlers.on_removed = [feed, followed_as](const k8s::object_key& key, const std::string& uid) {
    snapshot_observed gone;
    gone.snapshot = followed_as(key);
    gone.uid = uid;
    gone.is_deleted = true;
    caf::anon_send(feed, std::move(gone));
  };
  return handlers;
}

void watch(self_pointer self, const k8s::resource_kind& kind, const k8s::watch_handlers& handlers) {
  const auto& config = self->state.config;
  auto& watches = self->state.watches;
  if (config.namespaces.empty())
    watches.emplace_back(*config.api, kind, k8s::watch_target{}, handlers);
  for (const auto& name_space : config.namespaces)
    watches.emplace_back(*config.api, kind, k8s::watch_target{name_space, {}, {}}, handlers);
}

void start_watches(self_pointer self) {
  const auto me = handle_of<snapshot_feed_actor>(self);
  watch(self, k8s::volume_snapshot::kind,
        with_removals(forward_to<k8s::volume_snapshot>(me), me,
                      [](const k8s::object_key& key) { return key; }));
  if (self->state.config.namespaces.empty())
    watch(self, k8s::volume_snapshot_content::kind, forward_to<k8s::volume_snapshot_content>(me));
}

void watch_groups(self_pointer self) {
  if (!self->state.config.api || std::exchange(self->state.watches_groups, true))
    return;
  const auto me = handle_of<snapshot_feed_actor>(self);
  watch(
      self, k8s::volume_group_snapshot::kind,
      with_removals(forward_to<k8s::volume_group_snapshot>(me), me, [](const k8s::object_key& key) {
        return group_key(key.name_space, key.name);
      }));
}

using follower_map = decltype(snapshot_feed_state::followers);

/// The next entry; this one goes if nobody is left, with what is known of the member.
follower_map::iterator tidied(snapshot_feed_state& state, follower_map::iterator entry) {
  if (!entry->second.empty())
    return std::next(entry);
  if (is_of_group(entry->first)) {
    if (const auto name = state.names.extract(entry->first); !name.empty())
      state.members.erase(name.mapped());
    if (--state.of_groups == 0)
      state.early.clear();
  }
  return state.followers.erase(entry);
}

void unfollow(snapshot_feed_state& state, const k8s::object_key& key, const caf::actor_addr& who) {
  const auto found = state.followers.find(key);
  if (found == state.followers.end())
    return;
  std::erase_if(found->second,
                [&who](const snapshot_follower& follower) { return follower.address() == who; });
  tidied(state, found);
}

void tell(self_pointer self, const k8s::object_key& key, snapshot_observed fact) {
  const auto found = self->state.followers.find(key);
  if (found == self->state.followers.end())
    return;
  fact.snapshot = key;
  for (const auto& follower : found->second)
    self->send<caf::message_priority::high>(follower, fact);
}

/// A member tells which group and claim it is of: from now on its content's news reach those who
/// follow it. What its content said before reaches them after it, so that they have its name first.
void introduce(self_pointer self, const snapshot_observed& member) {
  auto& state = self->state;
  const auto early = state.early.extract(member.snapshot);
  if (!state.followers.contains(member.member))
    return;
  state.members[member.snapshot] = member.member;
  state.names[member.member] = member.snapshot;
  tell(self, member.member, member);
  if (!early.empty())
    tell(self, member.member, early.mapped());
}

void pass_on(self_pointer self, const snapshot_observed& fact) {
  auto& state = self->state;
  tell(self, fact.snapshot, fact);
  if (state.of_groups == 0 || is_of_group(fact.snapshot))
    return;
  if (!fact.member.name.empty())
    introduce(self, fact);
  else if (const auto known = state.members.find(fact.snapshot); known != state.members.end())
    tell(self, known->second, fact);
  else if (!fact.is_deleted && is_named_as_member(fact.snapshot.name))
    merge(state.early[fact.snapshot], fact);
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
      entry = tidied(self->state, entry);
    }
  });
  self->state.config = std::move(config);
  if (self->state.config.api)
    start_watches(self);
  return {
      [self](const follow_snapshot& command) {
        self->monitor(command.subscriber);
        auto& followers = self->state.followers[command.snapshot];
        if (is_of_group(command.snapshot)) {
          self->state.of_groups += followers.empty() ? 1 : 0;
          watch_groups(self);
        }
        followers.push_back(command.subscriber);
      },
      [self](const unfollow_snapshot& command) {
        self->demonitor(command.subscriber.address());
        unfollow(self->state, command.snapshot, command.subscriber.address());
      },
      [self](const snapshot_observed& fact) { pass_on(self, fact); },
  };
}

} // namespace actors
