#include "tests/kubesim/controllers/replica_set_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/label_selector.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

json status_of(const json& replica_set, const std::vector<stored>& pods, time_point now) {
  std::int64_t active = 0, labelled = 0, ready = 0, available = 0, terminating = 0;
  for (const auto& pod : pods) {
    if (!is_active(*pod)) {
      terminating += is_being_deleted(*pod) && !has_finished(*pod);
      continue;
    }
    ++active;
    const json template_labels{
        {"matchLabels", items_at(replica_set, {"spec", "template", "metadata", "labels"})}};
    labelled += chooses(template_labels, field(*pod, {"metadata", "labels"}));
    ready += is_ready(*pod);
    available += is_available(*pod, minimum_ready(replica_set), now);
  }
  auto status = members_at(replica_set, {"status"});
  status["replicas"] = active;
  set_count(status, "fullyLabeledReplicas", labelled);
  set_count(status, "readyReplicas", ready);
  set_count(status, "availableReplicas", available);
  status["terminatingReplicas"] = terminating;
  status["observedGeneration"] = number_at(replica_set, {"metadata", "generation"});
  return status;
}

void tell_of_failure(json& status, const std::optional<refusal>& failure, time_point now) {
  if (!failure)
    return drop_condition(status, "ReplicaFailure");
  put_condition(status, {{"type", "ReplicaFailure"},
                         {"status", "True"},
                         {"reason", "FailedCreate"},
                         {"message", text_at(failure->status, {"message"})},
                         {"lastTransitionTime", kinds::format_time(now)}});
}

std::optional<std::chrono::milliseconds>
soonest_available(const json& replica_set, const std::vector<stored>& pods, time_point now) {
  std::optional<std::chrono::milliseconds> soonest;
  for (const auto& pod : pods)
    if (auto wait = time_to_available(*pod, minimum_ready(replica_set), now))
      soonest = std::min(soonest.value_or(*wait), *wait);
  return soonest;
}

} // namespace

replica_set_controller::replica_set_controller(world& everything, work_queue& queue)
    : world_{everything} {
  watch_owners(everything, everything.types.replica_sets, queue);
  watch_children(everything, everything.types.pods, everything.types.replica_sets, queue);
}

outcome replica_set_controller::reconcile(const object_ref& ref, time_point now) {
  const auto replica_set = world_.objects.find(world_.types.replica_sets, ref);
  if (!replica_set)
    return await_change();
  const auto pods
      = claim_children(world_, world_.types.pods, world_.types.replica_sets, *replica_set);
  std::vector<stored> active;
  std::copy_if(pods.begin(), pods.end(), std::back_inserter(active),
               [](const stored& pod) { return is_active(*pod); });

  std::optional<refusal> failure;
  if (!is_being_deleted(*replica_set))
    failure = scale(*replica_set, active);
  if (const auto written = write_status(*replica_set, pods, failure, now); !written)
    return try_again(written.refusal());
  if (failure)
    return try_again(*failure);
  if (const auto wait = soonest_available(*replica_set, active, now))
    return visit_after(*wait);
  return await_change();
}

std::optional<refusal> replica_set_controller::scale(const json& replica_set,
                                                     std::vector<stored> active) {
  const auto wanted = static_cast<std::size_t>(
      std::max<std::int64_t>(0, number_at(replica_set, {"spec", "replicas"}, 1)));
  auto pod = pod_from_template(field(replica_set, {"spec", "template"}), world_.types.replica_sets,
                               replica_set);
  pod["metadata"]["generateName"] = text_at(replica_set, {"metadata", "name"}) + "-";
  for (auto there = active.size(); there < wanted; ++there)
    if (auto made = world_.create(world_.types.pods, ref_of(replica_set).name_space, pod); !made)
      return made.refusal();

  if (active.size() <= wanted)
    return std::nullopt;
  sort_by_expendability(active);
  active.resize(active.size() - wanted);
  for (const auto& surplus : active)
    if (auto why = world_.remove(world_.types.pods, *surplus))
      return why;
  return std::nullopt;
}

answer<json> replica_set_controller::write_status(const json& replica_set,
                                                  const std::vector<stored>& pods,
                                                  const std::optional<refusal>& failure,
                                                  time_point now) {
  auto status = status_of(replica_set, pods, now);
  tell_of_failure(status, failure, now);
  if (status == field(replica_set, {"status"}))
    return replica_set;
  auto changed = replica_set;
  changed["status"] = std::move(status);
  return world_.write_status(world_.types.replica_sets, changed);
}

} // namespace kubesim::control
