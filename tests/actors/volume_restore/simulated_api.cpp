#include "tests/actors/volume_restore/simulated_api.hpp"

namespace restore_simulation {

using namespace std::chrono_literals;

namespace {

/// As long as one may arrive after its sender has given up waiting, in the real client.
constexpr milliseconds latest = 30s;

outcome outcome_of(const object_store::answer& answer) {
  if (answer.is_good())
    return outcome::accepted;
  if (answer.code == 404)
    return outcome::not_found;
  return answer.reason == "AlreadyExists" ? outcome::already_exists : outcome::conflict;
}

bool names_volume(const k8s::request& create) {
  return !text_at(json::parse(create.body), "/spec/volumeName").empty();
}

const char* word_of(outcome how) {
  static constexpr const char* words[] = {"accepted", "conflict",  "not found", "exists already",
                                          "refused",  "transient", "uncertain"};
  return words[static_cast<int>(how)];
}

} // namespace

actors::moment simulated_api::time() const {
  constexpr std::chrono::sys_days epoch_of_walls{std::chrono::year{2026} / 1 / 1};
  return {now, k8s::timestamp{epoch_of_walls} + now.time_since_epoch()};
}

void simulated_api::after(milliseconds span, std::function<void()> what) {
  agenda_.at(now + span, [this, asked_by = epoch, what = std::move(what)] {
    if (epoch == asked_by)
      what();
  });
}

outcome simulated_api::perform(const k8s::request& call, json& object) {
  const bool makes_claim = call.method == "POST" && call.resource == "persistentvolumeclaims";
  if (makes_claim && (refuses_claims || (refuses_bound_claims && names_volume(call)))) {
    if (call.query.empty()) // no dry run
      ++refusals[text_at(json::parse(call.body), "/metadata/name")];
    return outcome::refused;
  }
  auto answer = objects_.perform(call);
  object = std::move(answer.object);
  return outcome_of(answer);
}

void simulated_api::arrive(const k8s::request& call, const answer_handler& then, int sent_by) {
  json object;
  const auto how = perform(call, object);
  note(call.summary() + (sent_by == epoch ? "" : " of a former process") + ": " + word_of(how));
  if (sent_by == epoch)
    after(random_.span(1ms, 50ms), [then, how, object] { then(how, object); });
}

void simulated_api::send(const k8s::request& call, answer_handler then) {
  if (random_.chance(failing))
    return fail(call, std::move(then));
  const auto way = random_.chance(2) ? random_.span(1s, 15s) : random_.span(1ms, 100ms);
  agenda_.at(now + way, [this, call, then = std::move(then), sent_by = epoch] {
    arrive(call, then, sent_by);
  });
}

void simulated_api::fail(const k8s::request& call, answer_handler then) {
  const auto waits = random_.span(100ms, 5s);
  const auto manner = random_.below(4);
  if (manner == 0)
    return after(random_.span(1ms, 50ms), [then] { then(outcome::transient, nullptr); });
  after(waits, [then] { then(outcome::uncertain, nullptr); });
  if (manner == 1)
    return;
  const auto way = manner == 2 ? random_.span(1ms, waits) : waits + random_.span(1ms, latest);
  agenda_.at(now + way, [this, call] {
    json ignored;
    note(call.summary() + ", whose answer is lost: " + word_of(perform(call, ignored)));
  });
}

} // namespace restore_simulation
