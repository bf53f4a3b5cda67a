#include "actors/volume_backup/supervisor.hpp"

#include "actors/loop_reply.hpp"
#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_backup/hook_choice.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"

#include <algorithm>
#include <utility>

namespace actors {

supervisor_state::~supervisor_state() {
  // However the supervisor ends, its pods are thawed; an executor that has spoken its last word is
  // gone and does not mind.
  for (const auto& executor : executors)
    if (executor)
      caf::anon_send(executor, thaw_pod{});
  end_watchers();
}

void supervisor_state::end_watchers() {
  for (const auto& watcher : std::exchange(cut_watchers, {}))
    caf::anon_send_exit(watcher, caf::exit_reason::kill);
  if (const auto watcher = std::exchange(ready_watcher, {}))
    caf::anon_send_exit(watcher, caf::exit_reason::kill);
  world.is_followed = false;
}

supervisor_actor::behavior_type supervisor_state::make_behavior(operator_context shared,
                                                                const backup_ptr& backup) {
  context = std::move(shared);
  world = take_up(*backup, time());
  if (world.turn == turn_state::held)
    ask_for_turn(true);
  self->set_down_handler([this](caf::down_msg& down) { note_executor_down(down); });
  self->send(self, deadline_passed{});
  return {
      [this](const backup_changed& fact) { note_backup(fact); },
      [this](const backup_removed& fact) { note_removed(fact); },
      [this](const turn_granted&) { note_turn_granted(); },
      [this](const turn_delayed& fact) { note_turn_delayed(fact); },
      [this](const pod_probed& fact) { note_probed(fact); },
      [this](const pod_frozen& fact) { note_frozen(fact); },
      [this](const session_lost& fact) { note_session_lost(fact); },
      [this](const pod_released& fact) { note_released(fact); },
      [this](const snapshot_cut& fact) { note_cut(fact); },
      [this](const snapshot_troubled& fact) { note_trouble(fact); },
      [this](const snapshot_lost& fact) { note_lost(fact); },
      [this](const snapshot_became_ready& fact) { note_ready(fact); },
      [this](const deadline_passed&) {
        loop.note_timer();
        advance();
      },
      [this](const create_due& due) { create(due.snapshot); },
      [this](const stop_work&) {
        world.is_stopping = true;
        advance();
      },
  };
}

// Facts.

/// The watch may be behind our own writes, or ahead of what we know of a former leader's: only what
/// users change is taken from it, and only if it is news. The next write finds out the rest.
void supervisor_state::note_backup(const backup_changed& fact) {
  const auto& seen = *fact.backup;
  if (seen.metadata.uid != world.backup.metadata.uid)
    return note_removed({key(), world.backup.metadata.uid});
  const bool is_news
      = seen.metadata.generation > world.backup.metadata.generation
        || (seen.metadata.is_being_deleted() && !world.backup.metadata.is_being_deleted());
  if (!is_news)
    return;
  world.backup.spec = seen.spec;
  world.backup.spec_problems = seen.spec_problems;
  world.backup.metadata.generation = seen.metadata.generation;
  world.backup.metadata.deletion_timestamp = seen.metadata.deletion_timestamp;
  advance();
}

void supervisor_state::note_removed(const backup_removed& fact) {
  if (fact.uid != world.backup.metadata.uid)
    return;
  world.is_gone = true;
  advance();
}

/// After a wait the world may be another: preflight looks again.
void supervisor_state::note_turn_granted() {
  if (world.turn != turn_state::asked && world.turn != turn_state::delayed)
    return;
  if (is_view_outdated(world, time())) {
    world.preflight = preflight_state::not_asked;
    world.probe = probe_state::not_asked;
    world.was_kind = world.plan->application.kind;
    world.plan.reset();
    world.pods.clear();
    world.snapshots.clear();
    world.group.reset();
  }
  world.turn = turn_state::held;
  place.reset();
  advance();
}

void supervisor_state::note_turn_delayed(const turn_delayed& fact) {
  if (world.turn != turn_state::asked)
    return;
  world.turn = turn_state::delayed;
  world.waits_for = fact.waits_for;
  world.waits_for_slot = fact.is_for_slot;
  advance();
}

void supervisor_state::note_probed(const pod_probed& fact) {
  if (world.ending)
    return;
  world.probed.push_back(fact);
  const auto asked = std::count_if(world.plan->pods.begin(), world.plan->pods.end(), must_be_asked);
  if (world.probed.size() == static_cast<std::size_t>(asked))
    take_probes();
  advance();
}

void supervisor_state::note_frozen(const pod_frozen& fact) {
  auto& pod = world.pods.at(fact.pod);
  pod.frozen = time();
  pod.pre_hook_took = fact.took;
  advance();
}

void supervisor_state::note_session_lost(const session_lost& fact) {
  auto& pod = world.pods.at(fact.pod);
  pod.lost = time();
  pod.was_lost_unasked = !pod.thaw_sent;
  pod.lost_because = fact.cause;
  announce(true, "SessionLost", "pod " + world.plan->pods[fact.pod].name + ": " + fact.cause);
  advance();
}

void supervisor_state::note_released(const pod_released& fact) {
  auto& pod = world.pods.at(fact.pod);
  if (pod.released)
    return;
  pod.released = time();
  pod.end = fact;
  if (fact.how == release::post_hook_failed || fact.how == release::unconfirmed)
    announce(true, fact.how == release::unconfirmed ? "ThawUnconfirmed" : "PostHookFailed",
             "pod " + world.plan->pods[fact.pod].name + ": " + fact.cause);
  advance();
}

void supervisor_state::note_cut(const snapshot_cut& fact) {
  auto& snapshot = world.followed(fact.snapshot);
  snapshot.seen = fact.seen;
  snapshot.trouble.clear();
  if (!snapshot.cut)
    snapshot.cut = time();
  advance();
}

void supervisor_state::note_trouble(const snapshot_troubled& fact) {
  auto& snapshot = world.followed(fact.snapshot);
  if (!fact.error.empty() && snapshot.trouble != fact.error)
    announce(true, "SnapshotError",
             name_of_followed(*world.plan, fact.snapshot) + ": " + fact.error);
  snapshot.trouble = fact.error;
}

void supervisor_state::note_lost(const snapshot_lost& fact) {
  auto& snapshot = world.followed(fact.snapshot);
  if (!snapshot.lost && !snapshot.discard_sent && !snapshot.discarded)
    snapshot.lost = fact.error;
  advance();
}

void supervisor_state::note_ready(const snapshot_became_ready& fact) {
  auto& snapshot = world.followed(fact.snapshot);
  if (is_another(snapshot.seen, fact.seen))
    return note_lost(
        {fact.snapshot, "it was deleted before it was ready; there is another one of its name"});
  snapshot.seen = fact.seen;
  snapshot.ready = time();
  advance();
}

/// An executor that ended without its last word can prove nothing; its session's end-of-file thaws
/// in the pod.
void supervisor_state::note_executor_down(const caf::down_msg& fact) {
  for (std::size_t i = 0; i < executors.size(); ++i)
    if (executors[i] && executors[i].address() == fact.source && !world.pods[i].released)
      note_released({i,
                     release::unconfirmed,
                     {},
                     {},
                     "the hook executor ended unexpectedly",
                     {},
                     context.wall()});
}

// Decide and perform.

void supervisor_state::advance() {
  loop.advance<step::await_fact, step::finish>(*this, world);
}

void supervisor_state::arm_timer() {
  loop.arm_timer(*this, world);
}

supervisor_actor::behavior_type supervisor(self_of<supervisor_actor, supervisor_state> self,
                                           operator_context context, const backup_ptr& backup) {
  harden(self);
  return self->state.make_behavior(std::move(context), backup);
}

} // namespace actors
