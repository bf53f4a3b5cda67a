#include "actors/upload_watcher.hpp"

#include "actors/volume_backup/snapshot_facts.hpp"

#include <utility>

namespace actors {

namespace {

/// How long the content's watch may be behind the snapshot's, busy as the server may be. Nothing
/// waits for it that is frozen.
constexpr std::chrono::seconds handle_patience{20};

} // namespace

upload_watcher_actor::behavior_type
upload_watcher(self_of<upload_watcher_actor, upload_watcher_state> self,
               const operator_context& context, const supervisor_actor& parent,
               std::vector<k8s::object_key> snapshots) {
  harden(self);
  self->state.counted = context.count(upload_watcher_state::name);
  const auto feed = context.snapshots;
  const auto patience = context.watches_contents ? handle_patience : std::chrono::seconds{0};
  const auto me = handle_of<snapshot_follower>(self);
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    self->send(feed, follow_snapshot{snapshots[i], me});
    self->state.waiting[snapshots[i]] = {i, {}, false};
  }
  const auto report = [=](const upload_watcher_state::followed& one) {
    self->send(parent, snapshot_became_ready{one.index, one.seen});
  };
  const auto settle = [=](const k8s::object_key& key) {
    self->send(feed, unfollow_snapshot{key, me});
    self->state.waiting.erase(key);
    if (self->state.waiting.empty())
      self->quit();
  };
  return {
      [=](const snapshot_observed& news) {
        const auto found = self->state.waiting.find(news.snapshot);
        if (found == self->state.waiting.end())
          return;
        auto& one = found->second;
        merge(one.seen, news);
        if (one.seen.is_deleted) {
          self->send(parent, snapshot_lost{one.index, "it was deleted before it was ready"});
          settle(news.snapshot);
        } else if (one.seen.ready_to_use && is_cut(one.seen) && !one.seen.handle.empty()) {
          report(one);
          settle(news.snapshot);
        } else if (one.seen.ready_to_use && is_cut(one.seen)
                   && !std::exchange(one.waits_for_handle, true)) {
          // The handle stands in the content, which another watch brings; where contents may not be
          // read it never comes.
          self->delayed_send(self, patience, handle_overdue{news.snapshot});
        }
      },
      [=](const handle_overdue& overdue) {
        const auto found = self->state.waiting.find(overdue.snapshot);
        if (found == self->state.waiting.end())
          return;
        report(found->second);
        settle(overdue.snapshot);
      },
  };
}

} // namespace actors
