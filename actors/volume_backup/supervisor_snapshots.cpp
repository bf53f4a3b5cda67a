#include "actors/loop_reply.hpp"
#include "actors/snapshot_watcher.hpp"
#include "actors/upload_watcher.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "actors/volume_backup/supervisor.hpp"

#include <algorithm>

// The supervisor's watchers of snapshots.
namespace actors {

void supervisor_state::follow_snapshots() {
  world.is_followed = true;
  std::vector<k8s::object_key> snapshots;
  for (const auto& claim : world.plan->claims)
    snapshots.push_back({key().name_space, claim.snapshot_name});
  const auto parent = handle_of<supervisor_actor>(self);
  for (std::size_t i = 0; i < snapshots.size(); ++i)
    cut_watchers.push_back(self->spawn(snapshot_watcher, context, parent, i, snapshots[i]));
  ready_watcher = self->spawn(upload_watcher, context, parent, std::move(snapshots));
}

/// What the watch reported before there was a follower is read; watchers come first, so that
/// nothing falls between the two.
void supervisor_state::perform(const step::follow_snapshots&) {
  follow_snapshots();
  self->request(context.cluster, caf::infinite, snapshots_of_plan())
      .then(
          [this](const snapshots_read& answer) {
            tell_watchers(answer.snapshots);
            world.looked = time();
            arm_timer();
          },
          [this](const caf::error& failure) {
            context.log.warn(about("follow"), "the read is repeated: " + text_of(failure));
            end_watchers();
            pause_writes();
            advance();
          });
}

read_snapshots supervisor_state::snapshots_of_plan() const {
  read_snapshots command{key().name_space, {}};
  for (const auto& claim : world.plan->claims)
    command.names.push_back(claim.snapshot_name);
  return command;
}

void supervisor_state::tell_watchers(const std::vector<k8s::volume_snapshot>& found) {
  if (!ready_watcher)
    return;
  for (const auto& claim : world.plan->claims) {
    const auto one = std::find_if(found.begin(), found.end(), [&claim](const auto& snapshot) {
      return snapshot.metadata.name == claim.snapshot_name;
    });
    snapshot_observed seen;
    seen.snapshot = {key().name_space, claim.snapshot_name};
    seen.is_deleted = one == found.end();
    self->send(ready_watcher, seen.is_deleted ? seen : observe(*one));
  }
}

} // namespace actors
