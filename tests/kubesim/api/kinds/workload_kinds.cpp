#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/pod_spec.hpp"

// Deployment, ReplicaSet, StatefulSet, DaemonSet and ControllerRevision.

namespace kubesim::kinds {

namespace {

const kind_rules::scale_paths replica_paths{".spec.replicas", ".status.replicas", ".spec.selector"};

json& template_spec(json& object) {
  return object_in(object_in(object_in(object, "spec"), "template"), "spec");
}

void default_deployment(json& object) {
  auto& spec = object_in(object, "spec");
  default_to(spec, "replicas", 1);
  default_to(spec, "revisionHistoryLimit", 10);
  default_to(spec, "progressDeadlineSeconds", 600);
  auto& strategy = object_in(spec, "strategy");
  default_to(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate") {
    auto& rolling = object_in(strategy, "rollingUpdate");
    default_to(rolling, "maxUnavailable", "25%");
    default_to(rolling, "maxSurge", "25%");
  }
  default_pod_spec(template_spec(object));
}

problems always_restarts(const json& object) {
  const auto policy = text_at(object, "spec.template.spec.restartPolicy");
  if (policy == "Always")
    return {};
  return {not_supported("spec.template.spec.restartPolicy", policy, {"Always"})};
}

problems deployment_problems(const json& object, const json* before) {
  auto found = workload_problems(object, before);
  append(found, always_restarts(object));
  const auto type = text_at(object, "spec.strategy.type");
  if (type != "Recreate" && type != "RollingUpdate")
    found.push_back(not_supported("spec.strategy.type", type, {"Recreate", "RollingUpdate"}));
  if (type == "Recreate" && find_at(object, "spec.strategy.rollingUpdate"))
    found.push_back(field_forbidden("spec.strategy.rollingUpdate",
                                    "may not be specified when strategy `type` is 'Recreate'"));
  return found;
}

auto number_of(const char* field) {
  return [field](const json& object) { return number_at(object, field); };
}

auto ready_of(const char* ready, const char* wanted) {
  return [=](const json& object) {
    return std::to_string(number_at(object, ready)) + "/"
           + std::to_string(number_at(object, wanted));
  };
}

std::string joined(const json& list, const char* member) {
  std::string text;
  for (const auto& each : list)
    text += (text.empty() ? "" : ",") + text_at(each, member);
  return text;
}

std::string selector_text(const json& object) {
  std::string text;
  for (const auto& [key, value] : object_at(object, "spec.selector.matchLabels").items())
    text += (text.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  return text.empty() ? "<none>" : text;
}

void add_template_columns(std::vector<table_column>& columns) {
  columns.push_back(wide_column("Containers", [](const json& object) {
    return joined(list_at(object, "spec.template.spec.containers"), "name");
  }));
  columns.push_back(wide_column("Images", [](const json& object) {
    return joined(list_at(object, "spec.template.spec.containers"), "image");
  }));
}

void clear_status(json& object, const json* before) {
  if (!before)
    object["status"] = json::object();
}

kind_rules deployment() {
  auto rules = built_in({.group = "apps",
                         .plural = "deployments",
                         .singular = "deployment",
                         .kind = "Deployment",
                         .short_names = {"deploy"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_scale = true,
                         .has_generation = true});
  rules.scale = replica_paths;
  rules.annotations_move_generation = true;
  rules.kept_by_status_write = {"labels"};
  rules.set_defaults = default_deployment;
  rules.prepare = clear_status;
  rules.validate = deployment_problems;
  rules.columns
      = {name_column(), column("Ready", ready_of("status.readyReplicas", "spec.replicas")),
         column("Up-to-date", number_of("status.updatedReplicas")),
         column("Available", number_of("status.availableReplicas")), age_column()};
  add_template_columns(rules.columns);
  rules.columns.push_back(wide_column("Selector", selector_text));
  return rules;
}

kind_rules replica_set() {
  auto rules = built_in({.group = "apps",
                         .plural = "replicasets",
                         .singular = "replicaset",
                         .kind = "ReplicaSet",
                         .short_names = {"rs"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_scale = true,
                         .has_generation = true});
  rules.scale = replica_paths;
  rules.set_defaults = [](json& object) {
    default_to(object_in(object, "spec"), "replicas", 1);
    default_pod_spec(template_spec(object));
  };
  rules.prepare = clear_status;
  rules.validate = [](const json& object, const json* before) {
    auto found = workload_problems(object, before);
    append(found, always_restarts(object));
    return found;
  };
  rules.selectable_fields = {{"status.replicas", [](const json& object) {
                                return std::to_string(number_at(object, "status.replicas"));
                              }}};
  rules.columns = {name_column(), column("Desired", number_of("spec.replicas")),
                   column("Current", number_of("status.replicas")),
                   column("Ready", number_of("status.readyReplicas")), age_column()};
  add_template_columns(rules.columns);
  rules.columns.push_back(wide_column("Selector", selector_text));
  return rules;
}

void default_stateful_set(json& object) {
  auto& spec = object_in(object, "spec");
  default_to(spec, "replicas", 1);
  default_to(spec, "podManagementPolicy", "OrderedReady");
  default_to(spec, "revisionHistoryLimit", 10);
  auto& strategy = object_in(spec, "updateStrategy");
  default_to(strategy, "type", "RollingUpdate");
  if (strategy["type"] == "RollingUpdate")
    default_to(object_in(strategy, "rollingUpdate"), "partition", 0);
  auto& retention = object_in(spec, "persistentVolumeClaimRetentionPolicy");
  default_to(retention, "whenDeleted", "Retain");
  default_to(retention, "whenScaled", "Retain");
  for_each_in(spec, "volumeClaimTemplates", [](json& claim) {
    claim["apiVersion"] = "v1";
    claim["kind"] = "PersistentVolumeClaim";
    default_claim_spec(object_in(claim, "spec"));
    object_in(claim, "status")["phase"] = "Pending";
  });
  default_pod_spec(template_spec(object));
}

/// What a StatefulSet's spec may not change.
json fixed_stateful_part(const json& object) {
  json spec = object_at(object, "spec");
  for (const auto* key : {"replicas", "template", "updateStrategy", "revisionHistoryLimit",
                          "ordinals", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"})
    spec.erase(key);
  return spec;
}

/// The pod template with the volumes that the claim templates stand for.
json with_claimed_volumes(json object) {
  auto& volumes = template_spec(object)["volumes"];
  if (!volumes.is_array())
    volumes = json::array();
  for (const auto& claim : list_at(object, "spec.volumeClaimTemplates"))
    volumes.push_back({{"name", text_at(claim, "metadata.name")}});
  return object;
}

problems stateful_set_problems(const json& object, const json* before) {
  auto found = workload_problems(with_claimed_volumes(object), nullptr);
  append(found, always_restarts(object));
  if (before && fixed_stateful_part(object) != fixed_stateful_part(*before))
    found.push_back(field_forbidden(
        "spec", "updates to statefulset spec for fields other than 'replicas', 'ordinals', "
                "'template', 'updateStrategy', 'revisionHistoryLimit', "
                "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"));
  return found;
}

kind_rules stateful_set() {
  auto rules = built_in({.group = "apps",
                         .plural = "statefulsets",
                         .singular = "statefulset",
                         .kind = "StatefulSet",
                         .short_names = {"sts"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_scale = true,
                         .has_generation = true});
  rules.scale = replica_paths;
  rules.set_defaults = default_stateful_set;
  rules.prepare = clear_status;
  rules.validate = stateful_set_problems;
  rules.columns
      = {name_column(), column("Ready", ready_of("status.readyReplicas", "spec.replicas")),
         age_column()};
  add_template_columns(rules.columns);
  return rules;
}

bool is_nothing(const json* amount) {
  return !amount || *amount == 0 || *amount == "0%";
}

problems daemon_set_problems(const json& object, const json* before) {
  auto found = workload_problems(object, before);
  append(found, always_restarts(object));
  const std::string rolling = "spec.updateStrategy.rollingUpdate";
  const auto* surge = find_at(object, rolling + ".maxSurge");
  const auto* unavailable = find_at(object, rolling + ".maxUnavailable");
  if (text_at(object, "spec.updateStrategy.type") != "RollingUpdate")
    return found;
  if (!is_nothing(surge) && !is_nothing(unavailable))
    found.push_back(
        invalid(rolling + ".maxSurge", *surge, "may not be set when maxUnavailable is non-zero"));
  if (is_nothing(surge) && is_nothing(unavailable))
    found.push_back(required(rolling + ".maxUnavailable", "cannot be 0 when maxSurge is 0"));
  return found;
}

kind_rules daemon_set() {
  auto rules = built_in({.group = "apps",
                         .plural = "daemonsets",
                         .singular = "daemonset",
                         .kind = "DaemonSet",
                         .short_names = {"ds"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_generation = true});
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_to(spec, "revisionHistoryLimit", 10);
    auto& strategy = object_in(spec, "updateStrategy");
    default_to(strategy, "type", "RollingUpdate");
    if (strategy["type"] == "RollingUpdate") {
      auto& rolling = object_in(strategy, "rollingUpdate");
      default_to(rolling, "maxUnavailable", 1);
      default_to(rolling, "maxSurge", 0);
    }
    default_pod_spec(template_spec(object));
  };
  rules.prepare = clear_status;
  rules.validate = daemon_set_problems;
  rules.columns = {name_column(),
                   column("Desired", number_of("status.desiredNumberScheduled")),
                   column("Current", number_of("status.currentNumberScheduled")),
                   column("Ready", number_of("status.numberReady")),
                   column("Up-to-date", number_of("status.updatedNumberScheduled")),
                   column("Available", number_of("status.numberAvailable")),
                   column("Node Selector", [](const json&) { return "<none>"; }),
                   age_column()};
  add_template_columns(rules.columns);
  rules.columns.push_back(wide_column("Selector", selector_text));
  return rules;
}

} // namespace

std::vector<kind_rules> workload_kinds() {
  return {deployment(), replica_set(), stateful_set(), daemon_set(),
          built_in({.group = "apps",
                    .plural = "controllerrevisions",
                    .singular = "controllerrevision",
                    .kind = "ControllerRevision"})};
}

} // namespace kubesim::kinds
