#include "tests/actors/volume_restore/simulated_restore.hpp"

#include <algorithm>

namespace restore_simulation {

using namespace std::chrono_literals;
using crds::restore_phase;

namespace {

constexpr auto longest = 1000s;
/// Of one claim by one process: claims are refused for half a minute at most.
constexpr int most_refusals = 12;
/// Requests of former processes may arrive that long after the end.
constexpr auto aftermath = 40s;

} // namespace

simulated_restore::simulated_restore(unsigned seed, bool is_told)
    : random_{seed}, is_told_{is_told} {
  api_.now = instant{} + 24h;
  draw_world();
  let_world_settle();
  note_what_is();
  if (is_told) {
    objects_.on_change = [this](const std::string& what) { tell("  " + what); };
    api_.note = [this](const std::string& what) { tell(what); };
  }
  storage_.on_lost_disk = [this](const std::string& volume) { note_lost_disk(volume); };
  draw_mishaps();
}

void simulated_restore::tell(const std::string& what) {
  if (is_told_)
    story_ += std::to_string(
                  std::chrono::duration_cast<milliseconds>(api_.now - (instant{} + 24h)).count())
              + " ms: " + what + "\n";
}

/// Until the workload runs, or for long enough.
void simulated_restore::let_world_settle() {
  for (int i = 0; i < 400 && !workload_.is_running(); ++i) {
    workload_.act();
    storage_.act(api_.now);
    api_.now += 100ms;
  }
}

void simulated_restore::note_what_is() {
  before_.workload_spec = objects_.find(workload_.path())->at("spec");
  for (auto& [name, claim] : before_.claims)
    claim.uid = uid_of(*objects_.find(claims() + name));
}

void simulated_restore::run_until(instant end) {
  while (agenda_.next() && *agenda_.next() <= end) {
    api_.now = std::max(api_.now, *agenda_.next());
    agenda_.take()();
    if (!over_since_ && is_over())
      over_since_ = api_.now;
    if (over_since_ && api_.now > *over_since_ + aftermath)
      return;
  }
}

void simulated_restore::go() {
  tick();
  start_process(false);
  run_until(api_.now + longest);
  let_world_settle();
  for (int i = 0; i < 50; ++i) // what nobody uses any more goes
    storage_.act(api_.now);
}

bool simulated_restore::is_over() const {
  const auto* object = objects_.find(restore_path_);
  if (!object)
    return !process_ || process_->is_finished();
  const auto& metadata = object->at("metadata");
  const bool is_held = metadata.contains("finalizers") && !metadata.at("finalizers").empty();
  return !text_at(*object, "/status/completionTime").empty() && !is_held;
}

crds::volume_restore simulated_restore::restore() const {
  const auto* object = objects_.find(restore_path_);
  return *crds::volume_restore::decode(object ? *object : *objects_.last_of(restore_path_));
}

/// Controllers act, and watches tell of what they did.
void simulated_restore::tick() {
  const auto version = objects_.version();
  storage_.act(api_.now);
  workload_.act();
  tell_of_restore();
  if (process_ && objects_.version() != version && random_.chance(80))
    api_.after(random_.span(1ms, 300ms), [this] { process_->note_movement(); });
  const milliseconds longest_rest = over_since_ ? 4s : 900ms;
  agenda_.at(api_.now + random_.span(100ms, longest_rest), [this] { tick(); });
}

void simulated_restore::tell_of_restore() {
  const auto* object = objects_.find(restore_path_);
  if (!object) {
    if (process_)
      api_.after(random_.span(1ms, 300ms), [this] { process_->note_removed(); });
    return;
  }
  if (*object == last_seen_)
    return;
  before_last_ = std::exchange(last_seen_, *object);
  if (process_)
    api_.after(random_.span(1ms, 300ms), [this, seen = *crds::volume_restore::decode(*object)] {
      process_->note_restore(seen);
    });
}

void simulated_restore::start_process(bool is_stale) {
  const auto* object = objects_.find(restore_path_);
  if (process_ || !object)
    return;
  const bool is_behind = is_stale && before_last_.is_object();
  tell(is_behind ? "a process starts from what was before" : "a process starts");
  process_ = std::make_unique<restore_process>(
      api_, backup_, *crds::volume_restore::decode(is_behind ? before_last_ : *object));
  process_->judge_claims = [this](const crds::volume_restore& its) {
    return faults_of_new_claims(before_, objects_, storage_, workload_, its);
  };
  process_->advance();
}

/// SIGKILL, or another replica's lease: what is on its way arrives.
void simulated_restore::crash() {
  ++api_.epoch;
  before_.has_crashed = true;
  if (process_)
    dead_.push_back(std::move(process_));
  process_ = nullptr;
  const auto pause = random_.chance(5) ? random_.span(100s, 400s)
                                       : random_.span(50ms, random_.chance(20) ? 40s : 3s);
  api_.after(pause, [this] { start_process(random_.chance(30)); });
}

/// I6.
void simulated_restore::note_lost_disk(const std::string& volume) {
  tell("the disk of " + volume + " is gone");
  for (const auto& [name, claim] : before_.claims) {
    const auto now = restore();
    const bool may_go
        = actors::is_rolled_out(now) && now.spec.old_claim_policy == crds::old_claim_policy::remove;
    if (claim.volume == volume && !may_go && !before_.abandoned_volumes.contains(volume))
      wrongs_.push_back("I6: the old volume of " + name + " is deleted in phase "
                        + std::string{to_string(now.status.phase)});
  }
}

std::string simulated_restore::outcome() const {
  const auto now = restore();
  return (objects_.contains(restore_path_) ? "" : "gone ")
         + std::string{to_string(now.status.strategy)} + " "
         + std::string{to_string(now.status.phase)} + " " + now.status.reason;
}

std::vector<std::string> simulated_restore::wrongs() const {
  auto all = wrongs_;
  if (process_ && !process_->fault().empty())
    all.push_back(process_->fault());
  for (const auto& each : dead_)
    if (!each->fault().empty())
      all.push_back(each->fault());
  if (!over_since_)
    all.push_back("I5: it does not end: " + outcome());
  for (const auto& [claim, times] : api_.refusals)
    if (times > most_refusals * (1 + api_.epoch))
      all.push_back("claim " + claim + " was refused " + std::to_string(times) + " times");
  const auto now = restore();
  if (over_since_)
    check_end(before_, objects_, storage_, workload_, now, all);
  return all;
}

} // namespace restore_simulation
