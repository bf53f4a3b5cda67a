#include "tests/kubesim/controllers/daemon_set_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/placement.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

constexpr const char* hash_label = "controller-revision-hash";
constexpr const char* required_terms = "requiredDuringSchedulingIgnoredDuringExecution";

/// The node that a daemon pod is made for, by its affinity.
std::string node_of(const json& pod) {
  if (auto bound = text_at(pod, {"spec", "nodeName"}); !bound.empty())
    return bound;
  for (const auto& term :
       items_at(pod, {"spec", "affinity", "nodeAffinity", required_terms, "nodeSelectorTerms"}))
    for (const auto& match : items_at(term, {"matchFields"}))
      for (const auto& name : items_at(match, {"values"}))
        return name.get<std::string>();
  return {};
}

json affinity_for(const std::string& node) {
  return {
      {"nodeSelectorTerms",
       {{{"matchFields", {{{"key", "metadata.name"}, {"operator", "In"}, {"values", {node}}}}}}}}};
}

json tolerations_for(const json& pod_template) {
  json all = items_at(pod_template, {"spec", "tolerations"});
  const auto tolerate = [&](const char* condition, const char* effect) {
    all.push_back({{"key", std::string{"node.kubernetes.io/"} + condition},
                   {"operator", "Exists"},
                   {"effect", effect}});
  };
  tolerate("not-ready", "NoExecute");
  tolerate("unreachable", "NoExecute");
  for (const char* condition :
       {"disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"})
    tolerate(condition, "NoSchedule");
  if (field(pod_template, {"spec", "hostNetwork"}) == true)
    tolerate("network-unavailable", "NoSchedule");
  return all;
}

bool has_surge(const json& set) {
  const json& most = field(set, {"spec", "updateStrategy", "rollingUpdate", "maxSurge"});
  return !most.is_null() && most != 0 && most != "0%";
}

/// The oldest comes first.
bool is_older(const stored& one, const stored& other) {
  const auto age = [](const json& pod) {
    return std::pair{text_at(pod, {"metadata", "creationTimestamp"}),
                     text_at(pod, {"metadata", "name"})};
  };
  return age(*one) < age(*other);
}

} // namespace

daemon_set_controller::daemon_set_controller(world& everything, work_queue& queue)
    : world_{everything}, revisions_{everything, everything.types.daemon_sets} {
  watch_owners(everything, everything.types.daemon_sets, queue);
  watch_children(everything, everything.types.pods, everything.types.daemon_sets, queue);
  everything.watch(everything.types.controller_revisions, [](const change&) {});
  everything.watch(everything.types.nodes, [this, &queue](const change& what) {
    if (what.before
        && field(*what.before, {"metadata", "labels"})
               == field(*what.object, {"metadata", "labels"}))
      return;
    for (const auto& set : world_.objects.all(world_.types.daemon_sets))
      queue.add(ref_of(*set));
  });
}

outcome daemon_set_controller::reconcile(const object_ref& ref, time_point now) {
  const auto set = world_.objects.find(world_.types.daemon_sets, ref);
  if (!set)
    return await_change();
  const auto revision = revisions_.present(*set);
  if (!revision)
    return try_again(revision.refusal());
  const visit here{.set = *set,
                   .pods
                   = claim_children(world_, world_.types.pods, world_.types.daemon_sets, *set),
                   .nodes = fitting_nodes(*set),
                   .hash = revision_hash(*revision),
                   .now = now};
  if (!is_being_deleted(*set))
    if (auto why = staff(here))
      return try_again(*why);
  if (const auto written = write_status(here); !written)
    return try_again(written.refusal());
  if (auto why = revisions_.prune(*set, {text_at(*revision, {"metadata", "name"})}))
    return try_again(*why);
  for (const auto& pod : here.pods)
    if (const auto wait = time_to_available(*pod, minimum_ready(*set), now))
      return visit_after(*wait);
  return await_change();
}

std::vector<std::string> daemon_set_controller::fitting_nodes(const json& set) const {
  const json pod{{"spec", field(set, {"spec", "template", "spec"})}};
  std::vector<std::string> names;
  for (const auto& node : world_.objects.all(world_.types.nodes))
    if (admits_node(pod, *node))
      names.push_back(text_at(*node, {"metadata", "name"}));
  return names;
}

std::optional<refusal> daemon_set_controller::staff(const visit& now) {
  for (const auto& node : now.nodes)
    if (auto why = staff_node(now, node))
      return why;
  if (auto why = remove_strays(now))
    return why;
  if (text_at(now.set, {"spec", "updateStrategy", "type"}) == "OnDelete")
    return std::nullopt;
  return has_surge(now.set) ? surge(now) : replace_one_outdated(now);
}

std::optional<refusal> daemon_set_controller::staff_node(const visit& now,
                                                         const std::string& node) {
  bool is_staffed = false;
  for (const auto& pod : now.pods) {
    if (node_of(*pod) != node)
      continue;
    is_staffed = true;
    if (has_finished(*pod) && !is_being_deleted(*pod))
      return world_.remove(world_.types.pods, *pod);
  }
  if (is_staffed)
    return std::nullopt;
  const auto made
      = world_.create(world_.types.pods, ref_of(now.set).name_space, new_pod(now, node));
  return made ? std::nullopt : std::optional{made.refusal()};
}

std::optional<refusal> daemon_set_controller::remove_strays(const visit& now) {
  for (const auto& pod : now.pods)
    if (!is_being_deleted(*pod)
        && std::find(now.nodes.begin(), now.nodes.end(), node_of(*pod)) == now.nodes.end())
      if (auto why = world_.remove(world_.types.pods, *pod))
        return why;
  return std::nullopt;
}

/// Only while all others are available.
std::optional<refusal> daemon_set_controller::replace_one_outdated(const visit& now) {
  const json* outdated = nullptr;
  for (const auto& pod : now.pods) {
    if (text_at(*pod, {"metadata", "labels", hash_label}) != now.hash && !is_being_deleted(*pod))
      outdated = pod.get();
    else if (!is_available(*pod, minimum_ready(now.set), now.now) || is_being_deleted(*pod))
      return std::nullopt;
  }
  return outdated ? world_.remove(world_.types.pods, *outdated) : std::nullopt;
}

/// A new pod stands beside the old one until it is available; there is one node, so one surge.
std::optional<refusal> daemon_set_controller::surge(const visit& now) {
  for (const auto& node : now.nodes) {
    const json *old = nullptr, *young = nullptr;
    for (const auto& pod : now.pods)
      if (node_of(*pod) == node && !is_being_deleted(*pod))
        (text_at(*pod, {"metadata", "labels", hash_label}) == now.hash ? young : old) = pod.get();
    if (!old)
      continue;
    const auto is_up
        = [&](const json& pod) { return is_available(pod, minimum_ready(now.set), now.now); };
    if (!is_up(*old) || (young && is_up(*young)))
      return world_.remove(world_.types.pods, *old);
    if (young)
      continue;
    const auto made
        = world_.create(world_.types.pods, ref_of(now.set).name_space, new_pod(now, node));
    if (!made)
      return made.refusal();
  }
  return std::nullopt;
}

/// Those that are not told to end, by their node: the oldest speaks for it.
std::map<std::string, stored> daemon_set_controller::speakers(const visit& now) {
  std::map<std::string, stored> oldest;
  for (const auto& pod : now.pods) {
    if (is_being_deleted(*pod))
      continue;
    auto& place = oldest[node_of(*pod)];
    if (!place || is_older(pod, place))
      place = pod;
  }
  return oldest;
}

json daemon_set_controller::new_pod(const visit& now, const std::string& node) const {
  const json& pod_template = field(now.set, {"spec", "template"});
  auto pod = pod_from_template(pod_template, world_.types.daemon_sets, now.set);
  auto& metadata = pod["metadata"];
  metadata["generateName"] = text_at(now.set, {"metadata", "name"}) + "-";
  metadata["labels"][hash_label] = now.hash;
  metadata["labels"]["pod-template-generation"]
      = std::to_string(number_at(now.set, {"metadata", "generation"}));
  pod["spec"]["affinity"]["nodeAffinity"][required_terms] = affinity_for(node);
  pod["spec"]["tolerations"] = tolerations_for(pod_template);
  return pod;
}

answer<json> daemon_set_controller::write_status(const visit& now) {
  std::int64_t ready = 0, available = 0, updated = 0, scheduled = 0, misplaced = 0;
  const auto is_wanted = [&](const std::string& node) {
    return std::find(now.nodes.begin(), now.nodes.end(), node) != now.nodes.end();
  };
  for (const auto& pod : now.pods)
    misplaced += !is_wanted(node_of(*pod));
  for (const auto& [node, pod] : speakers(now)) {
    if (!is_wanted(node))
      continue;
    ++scheduled;
    ready += is_ready(*pod);
    available += is_available(*pod, minimum_ready(now.set), now.now);
    updated += text_at(*pod, {"metadata", "labels", hash_label}) == now.hash;
  }
  const auto desired = static_cast<std::int64_t>(now.nodes.size());
  auto changed = now.set;
  auto& status = changed["status"] = members_at(now.set, {"status"});
  status["observedGeneration"] = number_at(now.set, {"metadata", "generation"});
  status["currentNumberScheduled"] = scheduled;
  status["desiredNumberScheduled"] = desired;
  status["numberMisscheduled"] = misplaced;
  status["numberReady"] = ready;
  set_count(status, "updatedNumberScheduled", updated);
  set_count(status, "numberAvailable", available);
  set_count(status, "numberUnavailable", desired - available);
  if (status == field(now.set, {"status"}))
    return now.set;
  return world_.write_status(world_.types.daemon_sets, changed);
}

} // namespace kubesim::control
