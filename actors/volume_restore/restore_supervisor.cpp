#include "actors/volume_restore/restore_supervisor.hpp"

#include "actors/loop_reply.hpp"
#include "actors/volume_restore/restore_deadlines.hpp"
#include "actors/volume_restore/restore_preflight.hpp"

#include <algorithm>
#include <utility>

namespace actors {

namespace {

using namespace std::chrono_literals;

/// The watches tell of most changes; this is for what they do not show, volumes above all.
constexpr auto look_interval = 2s;
/// A burst of events is one look.
constexpr auto least_interval = 100ms;

} // namespace

restore_supervisor_actor::behavior_type
restore_supervisor_state::make_behavior(operator_context shared, const restore_ptr& restore) {
  context = std::move(shared);
  run = take_up(*restore, time());
  if (has_begun(run.restore.status.phase)) {
    ask_for_turn(true);
    watch_world();
  }
  self->send(self, deadline_passed{});
  return {
      [this](const restore_changed& fact) { note_restore(fact); },
      [this](const restore_removed& fact) {
        run.is_gone = run.is_gone || fact.uid == run.restore.metadata.uid;
        advance();
      },
      [this](const turn_granted&) { note_turn_granted(); },
      [this](const turn_delayed& fact) { note_turn_delayed(fact); },
      [this](const world_moved&) {
        run.is_stale = true;
        run.look_again = std::min(run.look_again.value_or(time().steady + least_interval),
                                  time().steady + least_interval);
        advance();
      },
      [this](const deadline_passed&) {
        loop.note_timer();
        advance();
      },
      [this](const stop_work&) {
        run.is_stopping = true;
        advance();
      },
  };
}

/// Only what users change is taken from the watch: of the status our own writes know more.
void restore_supervisor_state::note_restore(const restore_changed& fact) {
  const auto& seen = fact.restore->metadata;
  auto& known = run.restore.metadata;
  if (seen.uid != known.uid) {
    run.is_gone = true;
    return advance();
  }
  if (seen.generation <= known.generation && seen.is_being_deleted() == known.is_being_deleted())
    return;
  run.restore.spec = fact.restore->spec;
  known.generation = seen.generation;
  known.deletion_timestamp = seen.deletion_timestamp;
  run.look_again.reset();
  advance();
}

/// After a wait the world may be another: preflight looks again.
void restore_supervisor_state::note_turn_granted() {
  if (run.turn == turn_state::delayed) {
    run.preflight = run.trial = preflight_state::not_asked;
    run.plan.reset();
  }
  run.turn = turn_state::held;
  advance();
}

void restore_supervisor_state::note_turn_delayed(const turn_delayed& fact) {
  if (run.turn != turn_state::asked)
    return;
  run.turn = turn_state::delayed;
  run.waits_for = fact.waits_for;
  advance();
}

void restore_supervisor_state::advance() {
  loop.advance<restore_step::await_fact, restore_step::finish>(*this, run);
}

// Before anything changes.

void restore_supervisor_state::perform(const restore_step::ask_preflight&) {
  run.preflight = preflight_state::asked;
  run.trial = preflight_state::not_asked; // of what it will plan
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite,
                gather_restore{std::make_shared<const crds::volume_restore>(run.restore)})
      .then(
          [this](const restore_gathered& answer) {
            --run.requests_out;
            facts = answer.facts;
            take_preflight(*answer.facts);
            advance();
          },
          [this](const caf::error&) {
            --run.requests_out;
            run.preflight = preflight_state::not_asked;
            pause();
            advance();
          });
}

void restore_supervisor_state::take_preflight(const restore_facts& found) {
  const bool is_passing
      = std::any_of(found.read_errors.begin(), found.read_errors.end(),
                    [](const k8s::error& failure) { return failure.is_transient(); });
  if (is_passing) { // an overloaded server is no reason to refuse
    run.preflight = preflight_state::not_asked;
    return pause();
  }
  run.preflight = preflight_state::answered;
  auto verdict = judge_restore(run.restore, found);
  if (auto* why = std::get_if<refusal>(&verdict))
    run.refused = std::move(*why);
  else
    run.plan = std::move(std::get<restore_plan>(verdict));
}

void restore_supervisor_state::perform(const restore_step::try_claims&) {
  run.trial = preflight_state::answered;
  for (auto& trial : trials_of(run.restore, *run.plan, *facts)) {
    run.trial = preflight_state::asked;
    try_one(std::move(trial));
  }
}

void restore_supervisor_state::try_one(claim_trial trial) {
  ++run.requests_out;
  auto call = std::make_shared<const k8s::request>(trial.change.call);
  self->request(context.restore_cluster, caf::infinite, send_change{std::move(call)})
      .then(
          [this](const change_sent&) {
            --run.requests_out;
            trial_passed();
            advance();
          },
          [this, trial = std::move(trial)](const caf::error& failure) {
            --run.requests_out;
            trial_failed(trial, failure);
            advance();
          });
}

/// Unless another one did not.
void restore_supervisor_state::trial_passed() {
  if (run.trial == preflight_state::asked)
    run.trial = preflight_state::answered;
}

void restore_supervisor_state::trial_failed(const claim_trial& trial, const caf::error& failure) {
  const auto code = code_of(failure);
  if (code == cluster_errc::fenced)
    return self->quit(caf::exit_reason::user_shutdown);
  const bool is_passing = code == cluster_errc::transient || code == cluster_errc::uncertain
                          || code == cluster_errc::conflict; // of the quota's own count, as a rule
  if (is_passing) {
    run.preflight = run.trial = preflight_state::not_asked;
    return pause();
  }
  if (auto why = judge_trial(trial, code == cluster_errc::already_exists, text_of(failure)))
    run.refused = std::move(why);
  else
    trial_passed();
}

void restore_supervisor_state::ask_for_turn(bool has_begun_already) {
  std::vector<std::string> keys;
  const auto& rows = has_begun_already ? run.restore.status.claims : run.plan->claims;
  for (const auto& row : rows)
    keys.push_back("claim/" + key().name_space + "/" + row.claim);
  self->send(context.turns, messages::take_turn{std::move(keys),
                                                {},
                                                key().name_space,
                                                key().name,
                                                handle_of<turn_taker>(self),
                                                has_begun_already});
}

void restore_supervisor_state::perform(const restore_step::take_turn&) {
  run.turn = turn_state::asked;
  ask_for_turn(false);
}

// The world.

/// Their events only say that there is something to look at.
void restore_supervisor_state::watch_world() {
  if (!watches.empty())
    return;
  const auto moved = [receiver = handle_of<restore_supervisor_actor>(self)] {
    caf::anon_send(receiver, world_moved{});
  };
  k8s::watch_handlers handlers;
  handlers.on_changed = [moved](const nlohmann::json&) { moved(); };
  handlers.on_removed = [moved](const k8s::object_key&, const std::string&) { moved(); };
  const auto& workload = *run.restore.status.workload;
  const k8s::watch_target all{key().name_space, {}, {}};
  const k8s::watch_target one{key().name_space, {}, "metadata.name=" + workload.name};
  auto kind = k8s::daemon_set::kind;
  for (const auto& known : {k8s::deployment::kind, k8s::stateful_set::kind})
    if (known.kind == workload.kind)
      kind = known;
  watches.emplace_back(*context.api, kind, one, handlers);
  watches.emplace_back(*context.api, k8s::persistent_volume_claim::kind, all, handlers);
  watches.emplace_back(*context.api, k8s::pod::kind, all, handlers);
}

void restore_supervisor_state::perform(const restore_step::look&) {
  watch_world();
  run.is_stale = false; // what happens from now on may be missed by this look
  run.look_again.reset();
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite,
                look_at_world{std::make_shared<const crds::volume_restore>(run.restore),
                              has_passed(phase_deadline(run), time())})
      .then(
          [this](const world_seen& answer) {
            --run.requests_out;
            run.failed_requests = 0;
            note_seen(run, *answer.world);
            advance();
          },
          [this](const caf::error& failure) {
            --run.requests_out;
            run.is_stale = true;
            context.log.warn(about("look"), text_of(failure));
            pause();
            advance();
          });
}

void restore_supervisor_state::perform(const restore_step::make_changes& step) {
  run.is_stale = true;
  run.look_again.reset();
  for (const auto& change : step.changes) {
    context.log.info(about("change"), change.what);
    send(change);
  }
}

void restore_supervisor_state::send(const restore_change& change) {
  ++run.requests_out;
  self->request(context.restore_cluster, caf::infinite,
                send_change{std::make_shared<const k8s::request>(change.call)})
      .then(
          [this, change](const change_sent&) {
            --run.requests_out;
            note_taken(run, change);
            advance();
          },
          [this, change](const caf::error& failure) {
            --run.requests_out;
            change_failed(change, failure);
            advance();
          });
}

void restore_supervisor_state::change_failed(const restore_change& change,
                                             const caf::error& failure) {
  const auto code = code_of(failure);
  const auto text = text_of(failure);
  context.log.warn(about("change"), change.what + ": " + text);
  const bool makes_claim = change.call.method == "POST";
  const bool is_race = code == cluster_errc::not_found || code == cluster_errc::already_exists
                       || (code == cluster_errc::conflict && !makes_claim);
  if (!is_race) // the next look shows what is left to do
    run.not_taken.note(change, text, time().steady, random);
  const bool is_namespace_going
      = makes_claim
        && (code == cluster_errc::not_found
            || text.find("because it is being terminated") != std::string::npos);
  if (is_namespace_going)
    run.failure = refusal{"NamespaceTerminating",
                          "namespace " + key().name_space + " is being deleted: " + text};
  switch (code) {
  case cluster_errc::fenced:
    return self->quit(caf::exit_reason::user_shutdown); // another replica has this restore now
  case cluster_errc::conflict:
  case cluster_errc::not_found:
  case cluster_errc::already_exists:
    break;
  case cluster_errc::uncertain:
    if (makes_claim)
      run.may_appear_until = time().steady + longest_write;
    break;
  case cluster_errc::transient:
    break;
  default:
    if (run.restore.status.phase != crds::restore_phase::rolling_back && !run.failure)
      run.failure = refusal{"ChangeRefused", "the server refused to " + change.what + ": " + text};
  }
  pause();
}

void restore_supervisor_state::perform(const restore_step::wait_for_world&) {
  const auto now = time().steady;
  run.is_stale = true;
  run.look_again
      = std::min(now + look_interval, run.not_taken.next_try(now).value_or(now + look_interval));
}

void restore_supervisor_state::perform(const restore_step::note_failure& step) {
  run.failure = step.why;
}

void restore_supervisor_state::perform(const restore_step::finish&) {
  watches.clear();
  self->quit(caf::exit_reason::user_shutdown);
}

void restore_supervisor_state::pause() {
  run.failed_requests = std::min(run.failed_requests + 1, 7);
  run.resume = time().steady + 50ms * (1 << run.failed_requests);
}

restore_supervisor_actor::behavior_type
restore_supervisor(self_of<restore_supervisor_actor, restore_supervisor_state> self,
                   operator_context context, const restore_ptr& restore) {
  harden(self);
  return self->state.make_behavior(std::move(context), restore);
}

} // namespace actors
