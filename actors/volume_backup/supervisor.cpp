#include "actors/volume_backup/supervisor.hpp"

#include "actors/direct_hook_executor.hpp"
#include "actors/hook_executor.hpp"
#include "actors/loop_reply.hpp"
#include "actors/snapshot_watcher.hpp"
#include "actors/upload_watcher.hpp"
#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/identity.hpp"
#include "actors/volume_backup/progress.hpp"
#include "actors/volume_backup/recovery.hpp"
#include "actors/volume_backup/snapshot_facts.hpp"
#include "crds/duration.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// How long to wait before a create is repeated: short, because the application is frozen
/// meanwhile.
constexpr auto create_retry = 200ms;

/// A delayed message cannot be cancelled and keeps the actor's storage until it arrives, so none
/// goes far ahead.
constexpr auto longest_timer = 60s;

} // namespace

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
                                                                backup_ptr backup) {
  context = std::move(shared);
  counted = context.count(name);
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
      [this](const pod_frozen& fact) { note_frozen(fact); },
      [this](const session_lost& fact) { note_session_lost(fact); },
      [this](const pod_released& fact) { note_released(fact); },
      [this](const snapshot_cut& fact) { note_cut(fact); },
      [this](const snapshot_troubled& fact) { note_trouble(fact); },
      [this](const snapshot_lost& fact) { note_lost(fact); },
      [this](const snapshot_became_ready& fact) { note_ready(fact); },
      [this](const deadline_passed&) {
        timer_due.reset();
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

/// The watch may be behind our own writes: only what others can change is taken from it, and only
/// if it is news.
void supervisor_state::note_backup(const backup_changed& fact) {
  const auto& seen = *fact.backup;
  if (seen.metadata.uid != world.backup.metadata.uid)
    return note_removed({key(), world.backup.metadata.uid});
  const bool is_news
      = seen.metadata.generation > world.backup.metadata.generation
        || (seen.metadata.is_being_deleted() && !world.backup.metadata.is_being_deleted());
  if (!is_news)
    return;
  take_over(seen);
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
  if (world.turn == turn_state::delayed) {
    world.preflight = preflight_state::not_asked;
    world.plan.reset();
    world.pods.clear();
    world.snapshots.clear();
  }
  world.turn = turn_state::held;
  advance();
}

void supervisor_state::note_turn_delayed(const turn_delayed& fact) {
  world.turn = turn_state::delayed;
  world.behind = fact.behind;
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
  auto& snapshot = world.snapshots.at(fact.snapshot);
  snapshot.seen = fact.seen;
  snapshot.trouble.clear();
  if (!snapshot.cut)
    snapshot.cut = time();
  advance();
}

void supervisor_state::note_trouble(const snapshot_troubled& fact) {
  auto& snapshot = world.snapshots.at(fact.snapshot);
  if (!fact.error.empty() && snapshot.trouble != fact.error)
    announce(true, "SnapshotError",
             "claim " + world.plan->claims[fact.snapshot].name + ": " + fact.error);
  snapshot.trouble = fact.error;
}

void supervisor_state::note_lost(const snapshot_lost& fact) {
  auto& snapshot = world.snapshots.at(fact.snapshot);
  if (!snapshot.lost && !snapshot.discard_sent)
    snapshot.lost = fact.error;
  advance();
}

void supervisor_state::note_ready(const snapshot_became_ready& fact) {
  auto& snapshot = world.snapshots.at(fact.snapshot);
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
  if (is_advancing) // a step's own fact; the loop below sees it
    return;
  is_advancing = true;
  for (auto next = decide(world, time()); !std::holds_alternative<step::await_fact>(next);
       next = decide(world, time())) {
    context.log.debug(about(to_string(next)), "next: " + to_string(next));
    std::visit([this](const auto& chosen) { perform(chosen); }, next);
    if (std::holds_alternative<step::finish>(next))
      return;
  }
  is_advancing = false;
  arm_timer();
}

void supervisor_state::arm_timer() {
  const auto at = time();
  const auto deadline = next_deadline(world, at);
  if (!deadline)
    return;
  const auto due = std::min(*deadline, at.steady + longest_timer);
  if (timer_due && *timer_due <= due)
    return;
  timer_due = due;
  self->delayed_send(self, due - at.steady, deadline_passed{});
}

// After an earlier run.

void supervisor_state::perform(const step::thaw_earlier_pods&) {
  world.earlier->pods_asked = true;
  if (world.pods.empty())
    return thaw_earlier({});
  context.log.warn(about("recover"), "the operator that ran this backup ended in phase "
                                         + std::string{to_string(world.backup.status.phase)}
                                         + "; thaws its " + std::to_string(world.pods.size())
                                         + " pod(s)");
  read_pods command{key().name_space, {}};
  for (const auto& pod : world.plan->pods)
    command.names.push_back(pod.name);
  self->request(context.cluster, caf::infinite, std::move(command))
      .then(
          [this](const pods_read& answer) {
            thaw_earlier(answer.pods);
            advance();
          },
          [this](const caf::error& failure) {
            context.log.warn(about("recover"), "the read is repeated: " + text_of(failure));
            world.earlier->pods_asked = false;
            pause_writes();
            advance();
          });
}

/// One rescue for each pod that is there; it is the thaw that nobody saw.
void supervisor_state::thaw_earlier(const std::vector<k8s::pod>& found) {
  note_earlier_pods(world, found, time());
  executors.resize(world.pods.size());
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    if (world.pods[i].released)
      continue;
    executors[i] = spawn_executor(i);
    self->send<caf::message_priority::high>(executors[i], rescue_pod{});
  }
}

void supervisor_state::perform(const step::find_earlier_snapshots&) {
  world.earlier->snapshots_asked = true;
  self->request(context.cluster, caf::infinite, snapshots_of_plan())
      .then(
          [this](const snapshots_read& answer) {
            note_earlier_snapshots(world, answer.snapshots, time());
            advance();
          },
          [this](const caf::error& failure) {
            context.log.warn(about("recover"), "the read is repeated: " + text_of(failure));
            world.earlier->snapshots_asked = false;
            pause_writes();
            advance();
          });
}

void supervisor_state::perform(const step::go_on_to_ready&) {
  go_on_to_ready(world);
}

void supervisor_state::perform(const step::begin_again&) {
  announce(true, "Interrupted",
           "the operator ended before the snapshots were cut; the application was thawed and the "
           "backup begins again");
  end_watchers();
  executors.clear();
  world = begin_again(world);
}

// A run of our own.

void supervisor_state::perform(const step::ask_preflight&) {
  world.preflight = preflight_state::asked;
  self->request(context.cluster, caf::infinite,
                gather_preflight{std::make_shared<const crds::volume_backup>(world.backup)})
      .then([this](const preflight_gathered& answer) { take_preflight(answer); },
            [this](const caf::error& failure) {
              world.refused = refusal{"ReadFailed", text_of(failure)};
              advance();
            });
}

void supervisor_state::take_preflight(const preflight_gathered& answer) {
  const auto& failures = answer.facts->read_errors;
  if (std::any_of(failures.begin(), failures.end(),
                  [](const k8s::error& failure) { return failure.is_transient(); })) {
    // An overloaded server makes the backup wait, not fail: nothing is frozen yet.
    context.log.warn(about("preflight"), "reads are repeated: " + to_string(failures.front()));
    world.preflight = preflight_state::not_asked;
    pause_writes();
    return advance();
  }
  world.failed_writes = 0;
  world.preflight = preflight_state::answered;
  auto verdict = judge_preflight(world.backup, *answer.facts, context.limits);
  if (auto* why = std::get_if<refusal>(&verdict)) {
    world.refused = std::move(*why);
    return advance();
  }
  world.plan = std::move(std::get<backup_plan>(verdict));
  world.pods.resize(world.plan->pods.size());
  world.snapshots.resize(world.plan->claims.size());
  for (const auto& warning : world.plan->warnings)
    announce(true, "HookWarning", warning);
  advance();
}

void supervisor_state::ask_for_turn(bool has_frozen_already) {
  self->send(context.turns, messages::take_turn{turn_keys_of(*world.plan, key().name_space),
                                                key().name_space + "/" + key().name,
                                                handle_of<turn_taker>(self), has_frozen_already});
}

void supervisor_state::perform(const step::take_turn&) {
  world.turn = turn_state::asked;
  ask_for_turn(false);
}

void supervisor_state::perform(const step::end_turn&) {
  world.turn = turn_state::ended;
  self->send(context.turns, messages::end_turn{handle_of<turn_taker>(self)});
}

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
      .then([this](const snapshots_read& answer) { tell_watchers(answer.snapshots); },
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

void supervisor_state::perform(const step::freeze_pods&) {
  const auto at = time();
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    executors.push_back(spawn_executor(i));
    self->send(executors.back(), freeze_pod{not_after(world, at)});
    world.pods[i].freeze_sent = at;
  }
  context.log.info(about("freeze pods"),
                   "freezes " + std::to_string(world.pods.size()) + " pod(s)");
}

hook_executor_actor supervisor_state::spawn_executor(std::size_t pod) {
  const auto parent = handle_of<supervisor_actor>(self);
  auto session = session_of(world, pod);
  return session.has_shell
             ? self->spawn<caf::monitored>(hook_executor, context, parent, std::move(session))
             : self->spawn<caf::monitored>(direct_hook_executor, context, parent,
                                           std::move(session));
}

void supervisor_state::perform(const step::thaw_pods&) {
  const auto at = time();
  for (std::size_t i = 0; i < world.pods.size(); ++i) {
    auto& pod = world.pods[i];
    if (!pod.may_be_frozen() || pod.thaw_sent)
      continue;
    self->send<caf::message_priority::high>(executors[i], thaw_pod{});
    pod.thaw_sent = at;
  }
}

void supervisor_state::perform(const step::cut_snapshots&) {
  const auto at = time();
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    world.snapshots[i].requested = at;
    create(i);
  }
}

void supervisor_state::create(std::size_t index) {
  if (world.ending)
    return;
  world.snapshots[index].create_is_out = true;
  ++world.snapshots[index].creates_sent;
  const auto& claim = world.plan->claims[index];
  auto object = std::make_shared<const nlohmann::json>(volume_snapshot_of(world.backup, claim));
  self->request(context.cluster, caf::infinite,
                create_snapshot{key().name_space, claim.snapshot_name, world.backup.metadata.uid,
                                std::move(object)})
      .then(
          [this, index](const snapshot_created& answer) {
            auto& snapshot = world.snapshots[index];
            snapshot.create_is_out = false;
            snapshot.created = time();
            snapshot.uid = answer.uid;
            snapshot.is_from_earlier_run = answer.was_there && snapshot.creates_sent == 1;
            advance();
          },
          [this, index](const caf::error& failure) { retry_create(index, failure); });
}

void supervisor_state::retry_create(std::size_t index, const caf::error& failure) {
  auto& snapshot = world.snapshots[index];
  snapshot.create_is_out = false;
  if (code_of(failure) == cluster_errc::transient) { // made or not: the next try adopts it, a
                                                     // discard deletes it by name
    snapshot.trouble = text_of(failure);
    self->delayed_send(self, create_retry, create_due{index});
  } else {
    snapshot.lost = text_of(failure);
  }
  advance();
}

void supervisor_state::perform(const step::give_up& step) {
  world.ending = step.ending;
  context.log.info(about("give up"), step.ending.reason + ": " + step.ending.message);
}

void supervisor_state::perform(const step::compare_pods&) {
  world.identity = identity_state::asked;
  read_pods command{key().name_space, {}};
  for (const auto& pod : world.plan->pods)
    command.names.push_back(pod.name);
  self->request(context.cluster, caf::infinite, std::move(command))
      .then([this](const pods_read& answer) { compare(answer.pods); },
            [this](const caf::error& failure) {
              world.identity = identity_state::changed;
              world.identity_change
                  = "the pods could not be read after the thaw: " + text_of(failure);
              advance();
            });
}

void supervisor_state::compare(const std::vector<k8s::pod>& pods) {
  const auto change = identity_change(*world.plan, pods);
  world.identity = change ? identity_state::changed : identity_state::same;
  world.identity_change = change.value_or("");
  advance();
}

void supervisor_state::perform(const step::discard_snapshots&) {
  for (std::size_t i = 0; i < world.snapshots.size(); ++i) {
    auto& snapshot = world.snapshots[i];
    if (!snapshot.requested || snapshot.discard_sent || snapshot.create_is_out)
      continue;
    snapshot.discard_sent = true;
    self->request(
            context.cluster, caf::infinite,
            delete_snapshot{{key().name_space, world.plan->claims[i].snapshot_name}, snapshot.uid})
        .then(
            [this, i](const snapshot_created&) {
              world.snapshots[i].is_discarded = true;
              advance();
            },
            [this, i](const caf::error& failure) {
              // Owned by the backup, it goes with it; a retained one has nobody else to delete it:
              // try again.
              world.snapshots[i].trouble = text_of(failure);
              world.snapshots[i].discard_sent = false;
              pause_writes();
              arm_timer();
            });
  }
}

// Writes.

void supervisor_state::perform(const step::hold_finalizer&) {
  auto finalizers = world.backup.metadata.finalizers;
  if (world.backup.metadata.has_finalizer(crds::volume_backup::finalizer)) {
    world.finalizer = persisted::accepted; // an earlier run of ours took it
    return;
  }
  finalizers.emplace_back(crds::volume_backup::finalizer);
  write_finalizers(std::move(finalizers), &observed::finalizer);
}

void supervisor_state::perform(const step::drop_finalizer&) {
  auto finalizers = world.backup.metadata.finalizers;
  std::erase(finalizers, std::string{crds::volume_backup::finalizer});
  write_finalizers(std::move(finalizers), &observed::finalizer_dropped);
}

void supervisor_state::perform(const step::write_queued&) {
  write_status(&observed::queued_status);
}

void supervisor_state::perform(const step::write_freezing&) {
  // Before the freeze, so that nothing between cut and thaw waits for a subscription.
  if (!world.backup.spec.dry_run && !world.is_followed)
    follow_snapshots();
  write_status(&observed::freezing_status);
}

void supervisor_state::perform(const step::write_uploading&) {
  write_status(&observed::uploading_status);
}

void supervisor_state::perform(const step::write_final&) {
  write_status(&observed::final_status);
}

void supervisor_state::perform(const step::finish&) {
  self->quit(caf::exit_reason::user_shutdown);
}

void supervisor_state::write_status(persisted observed::*milestone) {
  world.*milestone = persisted::sent;
  auto status = std::make_shared<const crds::volume_backup_status>(status_of(world, time()));
  const auto& metadata = world.backup.metadata;
  self->request(
          context.cluster, caf::infinite,
          write_backup_status{key(), metadata.uid, metadata.resource_version, std::move(status)})
      .then([this, milestone](const backup_read& answer) { written(milestone, answer); },
            [this, milestone](const caf::error& failure) { write_failed(milestone, failure); });
}

void supervisor_state::write_finalizers(std::vector<std::string> finalizers,
                                        persisted observed::*milestone) {
  world.*milestone = persisted::sent;
  self->request(context.cluster, caf::infinite,
                messages::write_finalizers{key(), world.backup.metadata.resource_version,
                                           std::move(finalizers)})
      .then([this, milestone](const backup_read& answer) { written(milestone, answer); },
            [this, milestone](const caf::error& failure) { write_failed(milestone, failure); });
}

void supervisor_state::written(persisted observed::*milestone, const backup_read& answer) {
  world.*milestone = persisted::accepted;
  world.failed_writes = 0;
  take_over(*answer.backup);
  if (milestone == &observed::final_status)
    announce_outcome();
  advance();
}

void supervisor_state::write_failed(persisted observed::*milestone, const caf::error& failure) {
  const auto code = code_of(failure);
  if (code == cluster_errc::not_found) {
    world.is_gone = true;
    return advance();
  }
  if (code == cluster_errc::fenced)
    return self->quit(caf::exit_reason::user_shutdown); // another replica has this backup now; the
                                                        // sessions' end-of-file thaws
  if (code == cluster_errc::conflict)
    return read_again(milestone);
  context.log.warn(about("write"), "a write failed and is repeated: " + text_of(failure));
  world.*milestone = persisted::no;
  pause_writes();
  advance();
}

void supervisor_state::read_again(persisted observed::*milestone) {
  self->request(context.cluster, caf::infinite, read_backup{key()})
      .then(
          [this, milestone](const backup_read& answer) {
            world.*milestone = persisted::no;
            if (answer.backup->metadata.uid == world.backup.metadata.uid)
              take_over(*answer.backup);
            else
              world.is_gone = true;
            advance();
          },
          [this, milestone](const caf::error& failure) {
            if (code_of(failure) == cluster_errc::not_found)
              world.is_gone = true;
            world.*milestone = persisted::no;
            pause_writes();
            advance();
          });
}

void supervisor_state::pause_writes() {
  world.failed_writes = std::min(world.failed_writes + 1, 7);
  world.writes_resume = time().steady + 100ms * (1 << world.failed_writes);
}

void supervisor_state::take_over(const crds::volume_backup& read) {
  world.backup = read;
}

// Events.

void supervisor_state::announce(bool is_warning, const std::string& reason,
                                const std::string& message) {
  self->send(context.cluster,
             record_event{key(), world.backup.metadata.uid, is_warning, reason, message, "Backup"});
}

void supervisor_state::announce_outcome() {
  const auto status = status_of(world, time());
  if (!is_final(status.phase))
    return announce(true, status.reason, status.message);
  const bool is_good = status.phase == crds::backup_phase::completed;
  context.log.info(about("finish"), "ended " + std::string{to_string(status.phase)} + ", reason "
                                        + status.reason + ", frozen for "
                                        + std::to_string(status.freeze_milliseconds.value_or(0))
                                        + " ms");
  context.metrics->backup_ended(status);
  announce(!is_good, status.reason, status.message);
}

supervisor_actor::behavior_type supervisor(self_of<supervisor_actor, supervisor_state> self,
                                           operator_context context, backup_ptr backup) {
  harden(self);
  return self->state.make_behavior(std::move(context), std::move(backup));
}

} // namespace actors
