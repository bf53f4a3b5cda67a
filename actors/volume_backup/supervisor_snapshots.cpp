#include "actors/loop_reply.hpp"
#include "actors/snapshot_watcher.hpp"
#include "actors/upload_watcher.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "actors/volume_backup/supervisor.hpp"

#include <algorithm>

// The supervisor's watchers of snapshots.
namespace actors {

void supervisor_state::follow_snapshots() {
  world.is_followed = true;
  auto snapshots = followed_keys(*world.plan, key().name_space);
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
            world.group ? tell_feed(answer) : tell_watchers(answer.snapshots);
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

/// What is found goes the way of the watch's news. What is not found may not be created yet: that
/// one is gone, only the watch can tell.
void supervisor_state::perform(const step::look_at_snapshots&) {
  world.look_is_out = true;
  self->request(context.cluster, caf::infinite, snapshots_of_plan())
      .then(
          [this](const snapshots_read& answer) {
            for (const auto& snapshot : answer.snapshots)
              self->send(context.snapshots, observe(snapshot));
            if (answer.group)
              self->send(context.snapshots, observe(*answer.group));
            world.look_is_out = false;
            world.looked = time();
            world.failed_writes = 0;
            advance();
          },
          [this](const caf::error&) {
            world.look_is_out = false;
            pause_writes();
            advance();
          });
}

read_snapshots supervisor_state::snapshots_of_plan() const {
  read_snapshots command{key().name_space, {}, {}};
  if (world.group)
    command.group = world.plan->group->name;
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

/// The feed has to learn the members' names, or their contents would speak to nobody.
void supervisor_state::tell_feed(const snapshots_read& found) {
  const auto tell = [this](const auto* object, const k8s::object_key& followed_as) {
    snapshot_observed gone;
    gone.snapshot = followed_as;
    gone.is_deleted = true;
    self->send(context.snapshots, object ? observe(*object) : gone);
  };
  const auto keys = followed_keys(*world.plan, key().name_space);
  tell(found.group ? &*found.group : nullptr, keys.back());
  for (std::size_t i = 0; i < world.snapshots.size(); ++i)
    tell(member_of(found.snapshots, world.plan->claims[i]), keys[i]);
}

} // namespace actors
