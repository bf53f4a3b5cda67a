#include "tests/kubesim/controllers/scheduler.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

namespace kubesim::control {
namespace {

bool is_waiting(const json& pod) {
  return text_at(pod, {"spec", "nodeName"}).empty() && is_active(pod)
         && text_at(pod, {"spec", "schedulerName"}) == "default-scheduler"
         && items_at(pod, {"spec", "schedulingGates"}).empty();
}

json scheduled_condition(const json& pod, std::string_view status, time_point now) {
  return {{"type", "PodScheduled"},
          {"status", status},
          {"observedGeneration", number_at(pod, {"metadata", "generation"}, 1)},
          {"lastProbeTime", nullptr},
          {"lastTransitionTime", kinds::format_time(now)}};
}

} // namespace

scheduler::scheduler(world& everything, work_queue& queue, const claim_users& users,
                     std::string node_name)
    : world_{everything}, node_name_{std::move(node_name)} {
  everything.watch(everything.types.pods, [&queue](const change& what) {
    if (what.kind != change_kind::deleted && is_waiting(*what.object))
      queue.add(ref_of(*what.object));
  });
  everything.watch(everything.types.claims, [&queue, &users](const change& what) {
    for (const auto& pod : users.pods_on(ref_of(*what.object)))
      queue.add(pod);
  });
  everything.watch(everything.types.nodes, [this, &queue](const change& what) {
    if (!what.before || field(*what.before, {"spec"}) != field(*what.object, {"spec"})
        || field(*what.before, {"metadata", "labels"})
               != field(*what.object, {"metadata", "labels"}))
      visit_waiting_pods(queue);
  });
}

void scheduler::visit_waiting_pods(work_queue& queue) const {
  for (const auto& pod : world_.objects.all(world_.types.pods))
    if (is_waiting(*pod))
      queue.add(ref_of(*pod));
}

outcome scheduler::reconcile(const object_ref& ref, time_point now) {
  const auto pod = world_.objects.find(world_.types.pods, ref);
  if (!pod || !is_waiting(*pod))
    return await_change();
  const auto node = world_.objects.find(world_.types.nodes, {{}, node_name_});
  std::vector<stored> kept;
  const auto verdict = place(*pod, node.get(), claims_of_pod(*pod, kept));
  if (!verdict.obstacle.empty())
    return tell_of_obstacle(*pod, verdict.obstacle, now);
  if (verdict.must_wait_for_volumes)
    return ask_for_volumes(*pod, verdict);
  return bind(*pod, now);
}

/// `kept` holds what the facts point to.
std::vector<claim_facts> scheduler::claims_of_pod(const json& pod,
                                                  std::vector<stored>& kept) const {
  std::vector<claim_facts> claims;
  for (auto& name : claims_of(pod)) {
    auto claim = world_.objects.find(world_.types.claims, {ref_of(pod).name_space, name});
    auto volume = claim ? world_.objects.find(world_.types.volumes,
                                              {{}, text_at(*claim, {"spec", "volumeName"})})
                        : nullptr;
    claims.push_back({.name = std::move(name),
                      .claim = claim.get(),
                      .volume = volume.get(),
                      .waits_for_consumer = claim && waits_for_consumer(*claim)});
    kept.push_back(std::move(claim));
    kept.push_back(std::move(volume));
  }
  return claims;
}

bool scheduler::waits_for_consumer(const json& claim) const {
  const auto storage_class = world_.objects.find(
      world_.types.storage_classes, {{}, text_at(claim, {"spec", "storageClassName"})});
  return storage_class && text_at(*storage_class, {"volumeBindingMode"}) == "WaitForFirstConsumer";
}

outcome scheduler::bind(const json& pod, time_point now) {
  auto bound = pod;
  bound["spec"]["nodeName"] = node_name_;
  put_condition(bound["status"], scheduled_condition(pod, "True", now));
  const auto written
      = world_.objects.update(world_.types.pods, ref_of(pod), std::move(bound), "binding");
  if (!written)
    return try_again(written.refusal());
  return await_change();
}

outcome scheduler::ask_for_volumes(const json& pod, const verdict& verdict) {
  constexpr const char* selected_node = "volume.kubernetes.io/selected-node";
  for (const auto& name : verdict.claims_to_provision) {
    const auto asked
        = world_.objects.merge(world_.types.claims, {ref_of(pod).name_space, name},
                               {{"metadata", {{"annotations", {{selected_node, node_name_}}}}}});
    if (!asked)
      return try_again(asked.refusal());
  }
  return await_change();
}

outcome scheduler::tell_of_obstacle(const json& pod, const std::string& obstacle, time_point now) {
  const json& before = condition_of(field(pod, {"status"}), "PodScheduled");
  if (text_at(before, {"message"}) == obstacle)
    return await_change();
  auto condition = scheduled_condition(pod, "False", now);
  condition["reason"] = "Unschedulable";
  condition["message"] = obstacle;
  auto changed = pod;
  put_condition(changed["status"], std::move(condition));
  if (const auto written = world_.write_status(world_.types.pods, changed); !written)
    return try_again(written.refusal());
  return await_change();
}

} // namespace kubesim::control
