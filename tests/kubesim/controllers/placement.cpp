#include "tests/kubesim/controllers/placement.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/label_selector.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

bool is_bound(const json& claim) {
  return text_at(claim, {"status", "phase"}) == "Bound"
         && !text_at(claim, {"spec", "volumeName"}).empty();
}

std::string unschedulable(const std::string& why) {
  return "0/1 nodes are available: " + why + " not found";
}

/// Why a claim keeps the pod from every node; empty if it does not.
std::string obstacle_of(const claim_facts& facts) {
  if (!facts.claim)
    return unschedulable("persistentvolumeclaim \"" + facts.name + "\" not found.");
  if (is_being_deleted(*facts.claim))
    return unschedulable("persistentvolumeclaim \"" + facts.name + "\" is being deleted.");
  if (!is_bound(*facts.claim) && !facts.waits_for_consumer)
    return unschedulable("pod has unbound immediate PersistentVolumeClaims.");
  return {};
}

bool admits(const json& term, const json& node) {
  const json labels_wanted{{"matchExpressions", items_at(term, {"matchExpressions"})}};
  if (!chooses(labels_wanted, items_at(node, {"metadata", "labels"})))
    return false;
  const json name_wanted{{"matchExpressions", items_at(term, {"matchFields"})}};
  return chooses(name_wanted, {{"metadata.name", text_at(node, {"metadata", "name"})}});
}

bool admits_any(const json& terms, const json& node) {
  return terms.empty() || std::any_of(terms.begin(), terms.end(), [&](const json& term) {
           return admits(term, node);
         });
}

bool is_reached_from(const json& node, const claim_facts& facts) {
  return !facts.volume
         || admits_any(
             items_at(*facts.volume, {"spec", "nodeAffinity", "required", "nodeSelectorTerms"}),
             node);
}

bool has_untolerated_taint(const json& pod, const json& node) {
  const json& taints = items_at(node, {"spec", "taints"});
  const json& tolerations = items_at(pod, {"spec", "tolerations"});
  return std::any_of(taints.begin(), taints.end(), [&](const json& taint) {
    const auto key = text_at(taint, {"key"});
    return text_at(taint, {"effect"}) != "PreferNoSchedule"
           && std::none_of(tolerations.begin(), tolerations.end(), [&](const json& one) {
                const auto tolerated = text_at(one, {"key"});
                const auto effect = text_at(one, {"effect"});
                return (tolerated.empty() || tolerated == key)
                       && (effect.empty() || effect == text_at(taint, {"effect"}))
                       && (text_at(one, {"operator"}) == "Exists"
                           || text_at(one, {"value"}) == text_at(taint, {"value"}));
              });
  });
}

/// What the node is refused for; empty if it is not.
std::string fault_of(const json& node, const json& pod, const std::vector<claim_facts>& claims) {
  if (field(node, {"spec", "unschedulable"}) == true)
    return "were unschedulable";
  if (has_untolerated_taint(pod, node))
    return "had untolerated taint(s)";
  if (!admits_node(pod, node))
    return "didn't match Pod's node affinity/selector";
  const bool reaches_all = std::all_of(claims.begin(), claims.end(),
                                       [&](const auto& one) { return is_reached_from(node, one); });
  return reaches_all ? "" : "didn't match PersistentVolume's node affinity";
}

std::string obstacle_on(const json& node, const json& pod, const std::vector<claim_facts>& claims) {
  const auto fault = fault_of(node, pod, claims);
  return fault.empty() ? fault
                       : "0/1 nodes are available: 1 node(s) " + fault
                             + ". no new claims to deallocate, preemption: 0/1 nodes are "
                               "available: 1 Preemption is not helpful for scheduling.";
}

} // namespace

bool admits_node(const json& pod, const json& node) {
  const json selector{{"matchLabels", items_at(pod, {"spec", "nodeSelector"})}};
  if (!chooses(selector, items_at(node, {"metadata", "labels"})))
    return false;
  return admits_any(
      items_at(pod, {"spec", "affinity", "nodeAffinity",
                     "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"}),
      node);
}

verdict place(const json& pod, const json* node, const std::vector<claim_facts>& claims) {
  if (!node)
    return {.obstacle = "no nodes available to schedule pods"};
  for (const auto& one : claims)
    if (auto why = obstacle_of(one); !why.empty())
      return {.obstacle = std::move(why)};
  if (auto why = obstacle_on(*node, pod, claims); !why.empty())
    return {.obstacle = std::move(why)};
  verdict result;
  for (const auto& one : claims)
    if (!is_bound(*one.claim)) {
      result.must_wait_for_volumes = true;
      result.claims_to_provision.push_back(one.name);
    }
  return result;
}

} // namespace kubesim::control
