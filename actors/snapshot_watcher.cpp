#include "actors/snapshot_watcher.hpp"

#include "actors/volume_backup/snapshot_facts.hpp"

namespace actors {

snapshot_watcher_actor::behavior_type
snapshot_watcher(self_of<snapshot_watcher_actor, snapshot_watcher_state> self,
                 operator_context context, supervisor_actor parent, std::size_t index,
                 k8s::object_key snapshot) {
  harden(self);
  const auto feed = context.snapshots;
  const auto me = handle_of<snapshot_follower>(self);
  self->send(feed, follow_snapshot{snapshot, me});
  const auto report_cut = [=] {
    // Straight after the cut the thaw goes out, so this message overtakes what waits in the
    // supervisor's mailbox.
    self->send<caf::message_priority::high>(parent, snapshot_cut{index, self->state.seen});
    self->send(feed, unfollow_snapshot{snapshot, me});
    self->quit();
  };
  return {
      [=](const snapshot_observed& news) {
        auto& seen = self->state.seen;
        const auto trouble = seen.error;
        merge(seen, news);
        if (seen.is_deleted)
          self->send(parent, snapshot_lost{index, "it was deleted before it was cut"});
        else if (is_cut(seen))
          report_cut();
        else if (seen.error && is_final_error(*seen.error))
          self->send(parent, snapshot_lost{index, *seen.error});
        else if (seen.error && seen.error != trouble)
          self->send(parent, snapshot_troubled{index, *seen.error});
      },
  };
}

} // namespace actors
