#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

// Node, Lease, PriorityClass and PodDisruptionBudget.

namespace kubesim::kinds {

namespace {

auto text_of(const char* field) {
  return [field](const json& object) { return text_at(object, field); };
}

std::string node_status_text(const json& node) {
  std::string text = "Unknown";
  for (const auto& condition : list_at(node, "status.conditions"))
    if (text_at(condition, "type") == "Ready")
      text = text_at(condition, "status") == "True" ? "Ready" : "NotReady";
  return is_true_at(node, "spec.unschedulable") ? text + ",SchedulingDisabled" : text;
}

std::string node_roles_text(const json& node) {
  constexpr std::string_view prefix = "node-role.kubernetes.io/";
  std::string text;
  for (const auto& [key, value] : object_at(node, "metadata.labels").items())
    if (key.starts_with(prefix))
      text += (text.empty() ? "" : ",") + key.substr(prefix.size());
  return text.empty() ? "<none>" : text;
}

kind_rules node() {
  auto rules = built_in({.group = "",
                         .plural = "nodes",
                         .singular = "node",
                         .kind = "Node",
                         .short_names = {"no"},
                         .is_namespaced = false,
                         .has_status = true});
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  rules.selectable_fields = {{"spec.unschedulable", [](const json& object) {
                                return is_true_at(object, "spec.unschedulable") ? "true" : "false";
                              }}};
  rules.columns
      = {name_column(), column("Status", node_status_text), column("Roles", node_roles_text),
         age_column(), column("Version", text_of("status.nodeInfo.kubeletVersion"))};
  return rules;
}

problems lease_problems(const json& object, const json*) {
  problems found;
  if (const auto* seconds = find_at(object, "spec.leaseDurationSeconds"); seconds && *seconds <= 0)
    found.push_back(invalid("spec.leaseDurationSeconds", *seconds, "must be greater than 0"));
  if (const auto* count = find_at(object, "spec.leaseTransitions"); count && *count < 0)
    found.push_back(invalid("spec.leaseTransitions", *count, "must be greater than or equal to 0"));
  return found;
}

kind_rules lease() {
  auto rules = built_in(
      {.group = "coordination.k8s.io", .plural = "leases", .singular = "lease", .kind = "Lease"});
  rules.allows_unconditional_update = false;
  rules.validate = lease_problems;
  rules.columns = {name_column(), column("Holder", text_of("spec.holderIdentity")), age_column()};
  return rules;
}

problems budget_problems(const json& object, const json*) {
  if (find_at(object, "spec.minAvailable") && find_at(object, "spec.maxUnavailable"))
    return {invalid("spec", object_at(object, "spec"),
                    "minAvailable and maxUnavailable cannot be both set")};
  return {};
}

json amount_or_none(const json& object, const char* field) {
  const auto* found = find_at(object, field);
  if (!found)
    return "N/A";
  return found->is_string() ? *found : json(found->dump());
}

kind_rules disruption_budget() {
  auto rules = built_in({.group = "policy",
                         .plural = "poddisruptionbudgets",
                         .singular = "poddisruptionbudget",
                         .kind = "PodDisruptionBudget",
                         .short_names = {"pdb"},
                         .has_status = true,
                         .has_generation = true});
  rules.allows_unconditional_update = false;
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  rules.validate = budget_problems;
  rules.columns
      = {name_column(),
         column("Min Available",
                [](const json& object) { return amount_or_none(object, "spec.minAvailable"); }),
         column("Max Unavailable",
                [](const json& object) { return amount_or_none(object, "spec.maxUnavailable"); }),
         column("Allowed Disruptions",
                [](const json& object) { return number_at(object, "status.disruptionsAllowed"); }),
         age_column()};
  return rules;
}

kind_rules priority_class() {
  auto rules = built_in({.group = "scheduling.k8s.io",
                         .plural = "priorityclasses",
                         .singular = "priorityclass",
                         .kind = "PriorityClass",
                         .short_names = {"pc"},
                         .is_namespaced = false,
                         .has_generation = true});
  rules.set_defaults
      = [](json& object) { default_to(object, "preemptionPolicy", "PreemptLowerPriority"); };
  return rules;
}

} // namespace

std::vector<kind_rules> cluster_kinds() {
  return {node(), lease(), priority_class(), disruption_budget()};
}

} // namespace kubesim::kinds
