#include "actors/upload_watcher.hpp"

#include "actors/volume_backup/snapshot_facts.hpp"

namespace actors {

upload_watcher_actor::behavior_type
upload_watcher(self_of<upload_watcher_actor, upload_watcher_state> self, snapshot_feed_actor feed,
               supervisor_actor parent, std::vector<k8s::object_key> snapshots) {
  harden(self);
  const auto me = handle_of<snapshot_follower>(self);
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    self->send(feed, follow_snapshot{snapshots[i], me});
    self->state.waiting[snapshots[i]] = {i, {}};
  }
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
        auto& [index, seen] = found->second;
        merge(seen, news);
        if (seen.is_deleted) {
          self->send(parent,
                     snapshot_lost{index, "the VolumeSnapshot was deleted before it was ready"});
          settle(news.snapshot);
        } else if (seen.ready_to_use && is_cut(seen)) {
          self->send(parent, snapshot_became_ready{index, seen});
          settle(news.snapshot);
        }
      },
  };
}

} // namespace actors
