#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

#include <array>

// CustomResourceDefinition and the admission policies (which are stored, but not evaluated).

namespace kubesim {

namespace kinds {

namespace {

constexpr const char* cleanup_finalizer = "customresourcecleanup.apiextensions.k8s.io";

std::string lower_case(std::string text) {
  for (auto& letter : text)
    letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return text;
}

void default_definition(json& object) {
  auto& spec = object_in(object, "spec");
  default_to(object_in(spec, "conversion"), "strategy", "None");
  auto& names = object_in(spec, "names");
  const auto kind = text_at(names, "kind");
  if (text_at(names, "singular").empty())
    names["singular"] = lower_case(kind);
  if (text_at(names, "listKind").empty())
    names["listKind"] = kind + "List";
}

void start_definition(json& object, const json* before) {
  if (before)
    return;
  auto stored = json::array();
  for (const auto& version : list_at(object, "spec.versions"))
    if (is_true_at(version, "storage"))
      stored.push_back(text_at(version, "name"));
  object["status"] = {{"storedVersions", stored}};
}

problems schema_problems(const json& schema, const std::string& at) {
  const std::vector<std::string> types{"array", "boolean", "integer", "number", "object", "string"};
  problems found;
  const auto type = text_at(schema, "type");
  if (!type.empty() && std::ranges::find(types, type) == types.end())
    found.push_back(not_supported(at + ".type", type, types));
  for (const auto& [name, below] : object_at(schema, "properties").items())
    append(found, schema_problems(below, at + ".properties[" + name + "]"));
  if (const auto* items = find_at(schema, "items"))
    append(found, schema_problems(*items, at + ".items"));
  return found;
}

problems version_problems(const json& versions) {
  problems found;
  std::size_t stored = 0;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    stored += is_true_at(versions[i], "storage") ? 1 : 0;
    const auto* schema = find_at(versions[i], "schema.openAPIV3Schema");
    if (!schema) {
      found.push_back(required(indexed("spec.versions", i) + ".schema.openAPIV3Schema"));
      continue;
    }
    // A single version's schema is reported where v1beta1 had it.
    const auto at = versions.size() == 1 ? std::string{"spec.validation"}
                                         : indexed("spec.versions", i) + ".schema";
    append(found, schema_problems(*schema, at + ".openAPIV3Schema"));
  }
  if (stored != 1)
    found.push_back(invalid("spec.versions", versions,
                            "must have exactly one version marked as storage version"));
  return found;
}

problems definition_problems(const json& object, const json* before) {
  problems found;
  const auto name = text_at(object, "metadata.name");
  const auto plural = text_at(object, "spec.names.plural");
  const auto group = text_at(object, "spec.group");
  if (name != plural + "." + group)
    found.push_back(invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"));
  if (group.empty())
    found.push_back(required("spec.group"));
  if (const auto scope = text_at(object, "spec.scope"); scope.empty())
    found.push_back(required("spec.scope"));
  else if (scope != "Cluster" && scope != "Namespaced")
    found.push_back(not_supported("spec.scope", scope, {"Cluster", "Namespaced"}));
  for (const auto* field : {"spec.names.plural", "spec.names.kind"})
    if (text_at(object, field).empty())
      found.push_back(required(field));
  append(found, version_problems(list_at(object, "spec.versions")));
  for (const auto* field : {"spec.group", "spec.scope", "spec.names.plural", "spec.names.kind"})
    append(found, immutable_problem(object, before, field));
  return found;
}

json condition(const char* type, const char* reason, const char* message, const std::string& now) {
  return {{"type", type},
          {"status", "True"},
          {"reason", reason},
          {"message", message},
          {"lastTransitionTime", now}};
}

void begin_definition_deletion(json& object) {
  auto& finalizers = object_in(object, "metadata")["finalizers"];
  if (!finalizers.is_array())
    finalizers = json::array();
  if (std::ranges::find(finalizers, cleanup_finalizer) == finalizers.end())
    finalizers.push_back(cleanup_finalizer);
  auto& conditions = object_in(object, "status")["conditions"];
  if (!conditions.is_array())
    conditions = json::array();
  for (const auto& each : conditions)
    if (text_at(each, "type") == "Terminating")
      return;
  conditions.push_back(condition(
      "Terminating", "InstanceDeletionPending",
      "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
      text_at(object, "metadata.deletionTimestamp")));
}

kind_rules definition() {
  auto rules = built_in({.group = "apiextensions.k8s.io",
                         .plural = "customresourcedefinitions",
                         .singular = "customresourcedefinition",
                         .kind = "CustomResourceDefinition",
                         .short_names = {"crd", "crds"},
                         .categories = {"api-extensions"},
                         .is_namespaced = false,
                         .has_status = true,
                         .has_generation = true});
  rules.allows_unconditional_update = false;
  rules.delete_answers_object = true;
  rules.set_defaults = default_definition;
  rules.prepare = start_definition;
  rules.validate = definition_problems;
  rules.begin_deletion = begin_definition_deletion;
  rules.columns = {name_column(), column("Created At", [](const json& object) {
                     return text_at(object, "metadata.creationTimestamp");
                   })};
  return rules;
}

kind_rules policy() {
  auto rules = built_in({.group = "admissionregistration.k8s.io",
                         .plural = "validatingadmissionpolicies",
                         .singular = "validatingadmissionpolicy",
                         .kind = "ValidatingAdmissionPolicy",
                         .categories = {"api-extensions"},
                         .is_namespaced = false,
                         .has_status = true,
                         .has_generation = true});
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_to(spec, "failurePolicy", "Fail");
    const auto constraints = spec.find("matchConstraints");
    if (constraints == spec.end())
      return;
    default_to(*constraints, "matchPolicy", "Equivalent");
    default_to(*constraints, "namespaceSelector", json::object());
    default_to(*constraints, "objectSelector", json::object());
    for_each_in(*constraints, "resourceRules", [](json& rule) { default_to(rule, "scope", "*"); });
  };
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  return rules;
}

kind_rules policy_binding() {
  return built_in({.group = "admissionregistration.k8s.io",
                   .plural = "validatingadmissionpolicybindings",
                   .singular = "validatingadmissionpolicybinding",
                   .kind = "ValidatingAdmissionPolicyBinding",
                   .categories = {"api-extensions"},
                   .is_namespaced = false,
                   .has_generation = true});
}

bool is_condition_true(const json& definition, std::string_view type) {
  for (const auto& each : list_at(definition, "status.conditions"))
    if (text_at(each, "type") == type)
      return text_at(each, "status") == "True";
  return false;
}

json refused_names(json status, const std::string& now) {
  auto refused = condition("NamesAccepted", "PluralConflict",
                           "a name of the definition is already in use", now);
  auto waiting = condition("Established", "NotAccepted", "not all names are accepted", now);
  refused["status"] = waiting["status"] = "False";
  status["conditions"] = {refused, waiting};
  return status;
}

} // namespace

std::vector<kind_rules> extension_kinds() {
  return {definition(), policy(), policy_binding()};
}

} // namespace kinds

std::optional<json> crd_conditions(const json& custom_resource_definition, bool taken,
                                   const std::string& now) {
  using namespace kinds;
  const bool is_accepted = is_condition_true(custom_resource_definition, "NamesAccepted");
  if (is_accepted && is_condition_true(custom_resource_definition, "Established"))
    return std::nullopt;
  json status = object_at(custom_resource_definition, "status");
  if (taken && !list_at(status, "conditions").empty())
    return std::nullopt;
  if (taken)
    return refused_names(std::move(status), now);
  if (is_accepted) {
    auto& conditions = status["conditions"];
    std::erase_if(conditions.get_ref<json::array_t&>(),
                  [](const json& each) { return text_at(each, "type") == "Established"; });
    conditions.push_back(condition("Established", "InitialNamesAccepted",
                                   "the initial names have been accepted", now));
    return status;
  }
  status["acceptedNames"] = object_at(custom_resource_definition, "spec.names");
  auto waiting
      = condition("Established", "Installing", "the initial names have been accepted", now);
  waiting["status"] = "False";
  status["conditions"]
      = {condition("NamesAccepted", "NoConflicts", "no conflicts found", now), waiting};
  return status;
}

} // namespace kubesim
