#include "tests/actors/volume_restore/restore_process.hpp"

#include "actors/volume_restore/restore_preflight.hpp"
#include "actors/volume_restore/restore_progress.hpp"

#include <algorithm>
#include <utility>

namespace restore_simulation {

using namespace std::chrono_literals;
using actors::preflight_state;
using actors::refusal;
using actors::turn_state;
namespace steps = actors::restore_step;

namespace {

constexpr milliseconds look_interval = 2s, least_interval = 100ms;
/// A process that decides so often without waiting turns in circles.
constexpr int most_decisions = 100;

} // namespace

std::string path_of(const crds::volume_restore& restore) {
  return k8s::get_request(crds::volume_restore::kind, restore.metadata.key()).path;
}

restore_process::restore_process(simulated_api& api, const crds::volume_backup& backup,
                                 crds::volume_restore restore)
    : api_{api}, backup_{backup}, run_{actors::take_up(std::move(restore), api.time())} {}

void restore_process::advance() {
  if (is_advancing_ || is_finished_)
    return;
  is_advancing_ = true;
  int decisions = 0;
  for (auto next = decide(run_, api_.time());
       !is_finished_ && !std::holds_alternative<steps::await_fact>(next);
       next = decide(run_, api_.time())) {
    api_.note("next: " + actors::to_string(next));
    std::visit([this](const auto& chosen) { perform(chosen); }, next);
    if (++decisions > most_decisions) {
      fault_ = "decides for ever: " + actors::to_string(next);
      is_finished_ = true;
    }
  }
  is_advancing_ = false;
  if (!is_finished_)
    arm_timer();
}

void restore_process::arm_timer() {
  const auto deadline = next_deadline(run_, api_.time());
  if (!deadline || (timer_due_ && *timer_due_ <= *deadline))
    return;
  timer_due_ = deadline;
  const auto span = std::chrono::ceil<milliseconds>(*deadline - api_.now);
  api_.after(span, [this, due = *deadline] {
    if (timer_due_ == due)
      timer_due_.reset();
    advance();
  });
}

void restore_process::note_restore(const crds::volume_restore& seen) {
  auto& known = run_.restore.metadata;
  if (seen.metadata.generation <= known.generation
      && seen.metadata.is_being_deleted() == known.is_being_deleted())
    return;
  run_.restore.spec = seen.spec;
  known.generation = seen.metadata.generation;
  known.deletion_timestamp = seen.metadata.deletion_timestamp;
  run_.look_again.reset();
  advance();
}

void restore_process::note_removed() {
  run_.is_gone = true;
  advance();
}

void restore_process::note_movement() {
  const auto soon = api_.now + least_interval;
  run_.is_stale = true;
  run_.look_again = std::min(run_.look_again.value_or(soon), soon);
  advance();
}

bool restore_process::fails() {
  return api_.random().chance(api_.failing);
}

void restore_process::pause() {
  run_.failed_requests = std::min(run_.failed_requests + 1, 7);
  run_.resume = api_.now + 50ms * (1 << run_.failed_requests);
}

void restore_process::perform(const steps::ask_preflight&) {
  run_.preflight = preflight_state::asked;
  run_.trial = preflight_state::not_asked;
  ++run_.requests_out;
  api_.after(api_.random().span(1ms, 200ms), [this] {
    --run_.requests_out;
    run_.preflight = preflight_state::not_asked;
    if (fails()) {
      pause();
      return advance();
    }
    run_.preflight = preflight_state::answered;
    facts_ = gather();
    auto verdict = judge_restore(run_.restore, facts_);
    if (auto* why = std::get_if<refusal>(&verdict))
      run_.refused = std::move(*why);
    else
      run_.plan = std::move(std::get<actors::restore_plan>(verdict));
    advance();
  });
}

void restore_process::perform(const steps::try_claims&) {
  run_.trial = preflight_state::answered;
  for (const auto& trial : trials_of(run_.restore, *run_.plan, facts_)) {
    run_.trial = preflight_state::asked;
    ++run_.requests_out;
    api_.send(trial.change.call, [this, trial](outcome how, const json&) {
      --run_.requests_out;
      note_trial(trial, how);
      advance();
    });
  }
}

void restore_process::note_trial(const actors::claim_trial& trial, outcome how) {
  if (how == outcome::transient || how == outcome::uncertain) {
    run_.preflight = run_.trial = preflight_state::not_asked;
    return pause();
  }
  if (how != outcome::accepted)
    if (auto why = judge_trial(trial, how == outcome::already_exists, "no")) {
      run_.refused = std::move(why);
      return;
    }
  if (run_.trial == preflight_state::asked)
    run_.trial = preflight_state::answered;
}

void restore_process::perform(const steps::take_turn&) {
  run_.turn = turn_state::asked;
  if (api_.random().chance(80))
    return api_.after(1ms, [this] {
      run_.turn = turn_state::held;
      advance();
    });
  api_.after(1ms, [this] {
    run_.turn = turn_state::delayed;
    run_.waits_for = "shop/nightly";
    advance();
  });
  api_.after(api_.random().span(1s, 10s), [this] {
    run_.preflight = run_.trial = preflight_state::not_asked;
    run_.plan.reset();
    run_.turn = turn_state::held;
    advance();
  });
}

void restore_process::perform(const steps::make_changes& step) {
  run_.is_stale = true;
  run_.look_again.reset();
  for (const auto& change : step.changes)
    send(change);
}

void restore_process::send(const actors::restore_change& change) {
  ++run_.requests_out;
  api_.send(change.call, [this, change](outcome how, const json&) {
    --run_.requests_out;
    if (how == outcome::accepted)
      note_taken(run_, change);
    else
      change_failed(change, how);
    advance();
  });
}

void restore_process::change_failed(const actors::restore_change& change, outcome how) {
  const bool is_race
      = how == outcome::not_found || how == outcome::already_exists || how == outcome::conflict;
  if (!is_race)
    run_.not_taken.note(change, "no", api_.now,
                        [this] { return api_.random().below(100) / 100.0; });
  if (how == outcome::uncertain && change.call.method == "POST")
    run_.may_appear_until = api_.now + actors::longest_write;
  if (how == outcome::refused && run_.restore.status.phase != crds::restore_phase::rolling_back)
    run_.failure = refusal{"ChangeRefused", "the server refused to " + change.what};
  pause();
}

void restore_process::perform(const steps::wait_for_world&) {
  run_.is_stale = true;
  const auto late = api_.now + look_interval;
  run_.look_again = std::min(late, run_.not_taken.next_try(api_.now).value_or(late));
}

void restore_process::perform(const steps::note_failure& step) {
  run_.failure = step.why;
}

void restore_process::perform(const steps::hold_finalizer&) {
  write_finalizers(true);
}

void restore_process::perform(const steps::drop_finalizer&) {
  write_finalizers(false);
}

void restore_process::write_finalizers(bool holds) {
  ++run_.requests_out;
  const json finalizers
      = holds ? json::array({std::string{crds::volume_restore::finalizer}}) : json::array();
  api_.send(k8s::patch_request(crds::volume_restore::kind, run_.restore.metadata.key(),
                               k8s::patch_kind::merge,
                               {{"metadata",
                                 {{"resourceVersion", run_.restore.metadata.resource_version},
                                  {"finalizers", finalizers}}}}),
            [this](outcome how, const json& object) { written(how, object); });
}

void restore_process::perform(const steps::write_status& step) {
  const auto status = status_of(run_, step.target, api_.time());
  if (step.target.is_rolled_out && !wrong_claims_.empty())
    fault_ = "rolled out, and " + wrong_claims_.front();
  api_.note("status " + std::string{to_string(status.phase)} + ", " + status.reason + ": "
            + status.message);
  if (run_.is_gone) {
    auto told = run_.restore;
    told.status = status;
    return note_written(run_, std::move(told), api_.time());
  }
  ++run_.requests_out;
  const auto& metadata = run_.restore.metadata;
  api_.send(
      k8s::patch_request(
          crds::volume_restore::kind, metadata.key(), k8s::patch_kind::merge,
          {{"metadata", {{"resourceVersion", metadata.resource_version}, {"uid", metadata.uid}}},
           {"status", crds::encode(status)}},
          "status"),
      [this](outcome how, const json& object) { written(how, object); });
}

void restore_process::written(outcome how, const json& object) {
  --run_.requests_out;
  if (how == outcome::accepted) {
    run_.failed_requests = 0;
    note_written(run_, *crds::volume_restore::decode(object), api_.time());
    return advance();
  }
  if (how == outcome::not_found)
    run_.is_gone = true;
  else
    run_.must_read = true;
  if (how != outcome::conflict)
    pause();
  advance();
}

void restore_process::perform(const steps::read_outcome&) {
  ++run_.requests_out;
  api_.after(api_.random().span(1ms, 100ms), [this] {
    --run_.requests_out;
    const auto* found = api_.objects().find(path_of(run_.restore));
    if (fails() || !found) {
      if (!found) {
        run_.is_gone = true;
        run_.must_read = false;
      }
      pause();
      return advance();
    }
    run_.must_read = false;
    adopt_read(run_, *crds::volume_restore::decode(*found), api_.time());
    run_.is_stale = true;
    advance();
  });
}

} // namespace restore_simulation
