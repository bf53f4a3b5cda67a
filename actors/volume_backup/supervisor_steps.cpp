#include "actors/direct_hook_executor.hpp"
#include "actors/hook_executor.hpp"
#include "actors/hook_prober.hpp"
#include "actors/loop_reply.hpp"
#include "actors/volume_backup/children.hpp"
#include "actors/volume_backup/deadlines.hpp"
#include "actors/volume_backup/group.hpp"
#include "actors/volume_backup/hook_choice.hpp"
#include "actors/volume_backup/identity.hpp"
#include "actors/volume_backup/supervisor.hpp"

#include <algorithm>
#include <utility>

// The steps of a backup from preflight to the discarded or compared end, but for its writes.
namespace actors {

namespace {

using namespace std::chrono_literals;

/// How long to wait before a create is repeated: short, because the application is frozen
/// meanwhile.
constexpr auto create_retry = 200ms;

} // namespace

void supervisor_state::perform(const step::ask_preflight&) {
  world.preflight = preflight_state::asked;
  world.preflight_asked = time();
  self->request(context.cluster, caf::infinite,
                gather_preflight{std::make_shared<const crds::volume_backup>(world.backup), asking,
                                 world.turn == turn_state::held, world.was_kind})
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
  if (!world.ending)
    place = answer.place;
  if (world.is_held_up && world.queued_status == persisted::accepted)
    world.queued_status = persisted::no; // what it waits for from now on is something else
  world.pods.resize(world.plan->pods.size());
  world.snapshots.resize(world.plan->claims.size());
  if (world.plan->group)
    world.group.emplace();
  for (const auto& warning : world.plan->warnings)
    announce(true, "HookWarning", warning);
  advance();
}

void supervisor_state::perform(const step::probe_pods&) {
  world.probe = probe_state::asked;
  world.probed.clear();
  const auto parent = handle_of<supervisor_actor>(self);
  for (std::size_t i = 0; i < world.plan->pods.size(); ++i)
    if (const auto& pod = world.plan->pods[i]; must_be_asked(pod))
      self->spawn(hook_prober, context, parent, i, k8s::object_key{key().name_space, pod.name},
                  pod);
}

void supervisor_state::take_probes() {
  const auto unheard = std::find_if(world.probed.begin(), world.probed.end(),
                                    [](const pod_probed& answer) { return answer.may_clear; });
  if (unheard != world.probed.end()) {
    context.log.warn(about("probe"), "the probes are repeated: " + unheard->problem);
    world.probe = probe_state::not_asked;
    return pause_writes();
  }
  world.failed_writes = 0;
  world.probe = probe_state::answered;
  auto chosen = pods_that_said_yes(world.plan->pods, world.probed);
  if (auto* why = std::get_if<refusal>(&chosen)) {
    world.refused = std::move(*why);
    return;
  }
  world.plan->pods = std::move(std::get<std::vector<planned_pod>>(chosen));
  world.pods.resize(world.plan->pods.size());
}

void supervisor_state::ask_for_turn(bool has_frozen_already) {
  const bool freezes = world.has_hooks();
  self->send(context.turns,
             messages::take_turn{
                 freezes ? turn_keys_of(*world.plan, key().name_space) : std::vector<std::string>{},
                 world.backup.spec.dry_run ? driver_demand{} : snapshots_by_driver(*world.plan),
                 key().name_space, key().name, handle_of<turn_taker>(self), has_frozen_already});
}

void supervisor_state::perform(const step::take_turn&) {
  world.turn = turn_state::asked;
  world.turn_asked = time();
  ask_for_turn(false);
}

void supervisor_state::perform(const step::end_turn&) {
  give_up_turn();
}

void supervisor_state::give_up_turn() {
  if (world.turn != turn_state::none && world.turn != turn_state::ended) {
    self->send(context.turns,
               messages::end_turn{handle_of<turn_taker>(self), freeze_overhead(world)});
    context.metrics->freeze_ended(measures_of(world));
    let_go_of_children();
  }
  world.turn = turn_state::ended;
  place.reset();
}

/// Of those that have ended: a handle keeps an actor's storage, and the upload may take hours.
void supervisor_state::let_go_of_children() {
  if (world.all_released())
    executors = {};
  if (world.all_cut())
    cut_watchers = {};
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
  for (auto& snapshot : world.snapshots)
    snapshot.requested = at;
  for (std::size_t i = 0; i < world.created_objects().size(); ++i) {
    world.created_objects()[i].requested = at;
    create(first_created() + i);
  }
}

std::string supervisor_state::name_of_created(std::size_t index) const {
  return world.group ? world.plan->group->name : world.plan->claims[index].snapshot_name;
}

void supervisor_state::create(std::size_t index) {
  if (world.ending)
    return;
  auto& created = world.followed(index);
  created.create_is_out = true;
  ++created.creates_sent;
  auto object = std::make_shared<const nlohmann::json>(
      world.group ? volume_group_snapshot_of(world.backup, *world.plan)
                  : volume_snapshot_of(world.backup, world.plan->claims[index]));
  self->request(context.cluster, caf::infinite,
                create_snapshot{world.group ? snapshot_kind::group : snapshot_kind::single,
                                key().name_space, name_of_created(index), world.backup.metadata.uid,
                                std::move(object)})
      .then([this, index](const snapshot_created& answer) { note_created(index, answer); },
            [this, index](const caf::error& failure) { retry_create(index, failure); });
}

void supervisor_state::note_created(std::size_t index, const snapshot_created& answer) {
  auto& object = world.followed(index);
  object.create_is_out = false;
  object.created = time();
  object.uid = answer.uid;
  object.is_from_earlier_run = answer.was_there && object.creates_sent == 1;
  if (world.group)
    for (auto& member : world.snapshots)
      member.is_from_earlier_run = object.is_from_earlier_run;
  advance();
}

void supervisor_state::retry_create(std::size_t index, const caf::error& failure) {
  auto& snapshot = world.followed(index);
  snapshot.create_is_out = false;
  const auto code = code_of(failure);
  if (code == cluster_errc::uncertain)
    snapshot.may_appear_until = time().steady + longest_write;
  if (code == cluster_errc::uncertain || code == cluster_errc::transient) {
    snapshot.trouble = text_of(failure); // made or not: the next try adopts it
    self->delayed_send(self, create_retry, create_due{index});
  } else {
    snapshot.lost = text_of(failure);
  }
  advance();
}

void supervisor_state::perform(const step::give_up& step) {
  world.ending = step.ending;
  place.reset();
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
  const auto at = time();
  for (std::size_t i = 0; i < world.created_objects().size(); ++i)
    if (discard_is_due(world.created_objects()[i], at))
      discard(first_created() + i);
}

void supervisor_state::discard(std::size_t index) {
  auto& object = world.followed(index);
  object.discard_sent = true;
  // What an unanswered create has brought, or brings, has a UID that we were never told.
  const auto uid = object.may_appear_until ? std::string{} : object.uid;
  self->request(context.cluster, caf::infinite,
                delete_snapshot{world.group ? snapshot_kind::group : snapshot_kind::single,
                                {key().name_space, name_of_created(index)},
                                uid})
      .then(
          [this, index](const snapshot_created&) {
            world.followed(index).discard_sent = false;
            world.followed(index).discarded = time();
            advance();
          },
          [this, index](const caf::error& failure) {
            // Owned by the backup, it goes with it; a retained one has nobody else to delete it:
            // try again.
            world.followed(index).trouble = text_of(failure);
            world.followed(index).discard_sent = false;
            pause_writes();
            arm_timer();
          });
}

} // namespace actors
