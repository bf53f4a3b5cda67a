#include "tests/kubesim/controllers/deployment_status.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/rollout_plan.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;

json condition(std::string_view type, std::string_view status, std::string_view reason,
               std::string message, time_point now) {
  const auto time = kinds::format_time(now);
  return {{"type", type},       {"status", status},       {"reason", reason},
          {"message", message}, {"lastUpdateTime", time}, {"lastTransitionTime", time}};
}

std::int64_t total(const std::vector<json>& sets, std::string_view counter) {
  std::int64_t sum = 0;
  for (const auto& one : sets)
    sum += number_at(one, {"status", counter});
  return sum;
}

json availability(const json& deployment, std::int64_t available, time_point now) {
  const auto facts = facts_of_deployment(deployment);
  if (available >= facts.replicas - facts.max_unavailable)
    return condition("Available", "True", "MinimumReplicasAvailable",
                     "Deployment has minimum availability.", now);
  return condition("Available", "False", "MinimumReplicasUnavailable",
                   "Deployment does not have minimum availability.", now);
}

bool has_progressed(const json& before, const json& after) {
  const auto older = [](const json& status) {
    return number_at(status, {"replicas"}) - number_at(status, {"updatedReplicas"});
  };
  const auto grew = [&](std::string_view counter) {
    return number_at(after, {counter}) > number_at(before, {counter});
  };
  return grew("updatedReplicas") || older(after) < older(before) || grew("readyReplicas")
         || grew("availableReplicas");
}

std::optional<time_point> deadline_of(const json& deployment, const json& status) {
  const json& progressing = condition_of(status, "Progressing");
  const auto since = kinds::parse_time(text_at(progressing, {"lastUpdateTime"}));
  const auto reason = text_at(progressing, {"reason"});
  if (!since || reason == "NewReplicaSetAvailable" || !has_progress_deadline(deployment))
    return std::nullopt;
  return *since + std::chrono::seconds{number_at(deployment, {"spec", "progressDeadlineSeconds"})};
}

bool has_timed_out(const json& deployment, const json& status, time_point now) {
  if (text_at(condition_of(status, "Progressing"), {"reason"}) == "ProgressDeadlineExceeded")
    return true;
  const auto deadline = deadline_of(deployment, status);
  return deadline && *deadline < now;
}

std::string subject(const deployment_view& view) {
  if (view.newest)
    return "ReplicaSet \"" + text_at(*view.newest, {"metadata", "name"}) + "\"";
  return "Deployment \"" + text_at(view.deployment, {"metadata", "name"}) + "\"";
}

/// Progress counts anew even if the reason stays: lastUpdateTime is what the deadline runs from.
void note_progress(json& status, const std::string& who, time_point now) {
  auto progress = progress_condition("ReplicaSetUpdated", who + " is progressing.", now);
  const json& before = condition_of(status, "Progressing");
  if (text_at(before, {"status"}) == "True")
    progress["lastTransitionTime"] = before["lastTransitionTime"];
  drop_condition(status, "Progressing");
  set_deployment_condition(status, std::move(progress));
}

void judge_progress(const deployment_view& view, json& status, time_point now) {
  const json& before = field(view.deployment, {"status"});
  const bool was_complete
      = number_at(status, {"replicas"}) == number_at(status, {"updatedReplicas"})
        && text_at(condition_of(before, "Progressing"), {"reason"}) == "NewReplicaSetAvailable";
  if (was_complete)
    return;
  if (is_complete(view.deployment, status))
    return set_deployment_condition(
        status, progress_condition("NewReplicaSetAvailable",
                                   subject(view) + " has successfully progressed.", now));
  if (has_progressed(before, status))
    return note_progress(status, subject(view), now);
  if (has_timed_out(view.deployment, status, now))
    set_deployment_condition(status, condition("Progressing", "False", "ProgressDeadlineExceeded",
                                               subject(view) + " has timed out progressing.", now));
}

void tell_of_failures(const deployment_view& view, json& status) {
  const json* failure = nullptr;
  for (const auto& set : view.sets)
    if (const json& one = condition_of(field(set, {"status"}), "ReplicaFailure"); !one.is_null())
      failure = &one;
  if (!failure)
    return drop_condition(status, "ReplicaFailure");
  auto told = *failure;
  told["lastUpdateTime"] = told["lastTransitionTime"];
  set_deployment_condition(status, std::move(told));
}

} // namespace

bool has_progress_deadline(const json& deployment) {
  constexpr std::int64_t never = 2147483647;
  return number_at(deployment, {"spec", "progressDeadlineSeconds"}, never) != never;
}

json progress_condition(std::string_view reason, std::string message, time_point now) {
  return condition("Progressing", "True", reason, std::move(message), now);
}

void set_deployment_condition(json& status, json condition) {
  const auto type = text_at(condition, {"type"});
  const json before = condition_of(status, type);
  const bool is_same_state = before.is_object() && before["status"] == condition["status"];
  if (is_same_state && before["reason"] == condition["reason"])
    return;
  if (is_same_state)
    condition["lastTransitionTime"] = before["lastTransitionTime"];
  drop_condition(status, type);
  status["conditions"].push_back(std::move(condition));
}

bool is_complete(const json& deployment, const json& status) {
  const auto wanted = number_at(deployment, {"spec", "replicas"}, 1);
  return number_at(status, {"updatedReplicas"}) == wanted
         && number_at(status, {"replicas"}) == wanted
         && number_at(status, {"availableReplicas"}) == wanted
         && number_at(status, {"observedGeneration"})
                >= number_at(deployment, {"metadata", "generation"});
}

json counted_status(const deployment_view& view, time_point now) {
  auto status = members_at(view.deployment, {"status"});
  std::int64_t wanted = 0;
  for (const auto& set : view.sets)
    wanted += number_at(set, {"spec", "replicas"}, 1);
  const auto available = total(view.sets, "availableReplicas");

  status["observedGeneration"] = number_at(view.deployment, {"metadata", "generation"});
  set_count(status, "replicas", total(view.sets, "replicas"));
  set_count(status, "updatedReplicas",
            view.newest ? number_at(*view.newest, {"status", "replicas"}) : 0);
  set_count(status, "readyReplicas", total(view.sets, "readyReplicas"));
  set_count(status, "availableReplicas", available);
  set_count(status, "unavailableReplicas", std::max<std::int64_t>(0, wanted - available));
  status["terminatingReplicas"] = total(view.sets, "terminatingReplicas");
  set_deployment_condition(status, availability(view.deployment, available, now));
  return status;
}

json rollout_status(const deployment_view& view, time_point now) {
  auto status = counted_status(view, now);
  if (has_progress_deadline(view.deployment))
    judge_progress(view, status, now);
  else
    drop_condition(status, "Progressing");
  tell_of_failures(view, status);
  return status;
}

std::optional<std::chrono::milliseconds> time_to_deadline(const json& deployment,
                                                          const json& status, time_point now) {
  if (text_at(condition_of(status, "Progressing"), {"reason"}) == "ProgressDeadlineExceeded")
    return std::nullopt;
  const auto deadline = deadline_of(deployment, status);
  if (!deadline || is_complete(deployment, status))
    return std::nullopt;
  // lastUpdateTime has whole seconds: a little later it is surely over.
  return std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(*deadline + 10ms - now));
}

} // namespace kubesim::control
