#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

// Role, ClusterRole, RoleBinding and ClusterRoleBinding.

namespace kubesim::kinds {

namespace {

constexpr const char* rbac = "rbac.authorization.k8s.io";

enum class reach { name_space, cluster };

problems rule_problems(const json& rule, const std::string& at, reach where) {
  problems found;
  if (list_at(rule, "verbs").empty())
    found.push_back(required(at + ".verbs", "verbs must contain at least one value"));
  const bool names_urls = !list_at(rule, "nonResourceURLs").empty();
  if (names_urls && where == reach::name_space)
    found.push_back(invalid(at + ".nonResourceURLs", rule["nonResourceURLs"],
                            "namespaced rules cannot apply to non-resource URLs"));
  if (names_urls)
    return found;
  if (list_at(rule, "apiGroups").empty())
    found.push_back(
        required(at + ".apiGroups", "resource rules must supply at least one api group"));
  if (list_at(rule, "resources").empty())
    found.push_back(
        required(at + ".resources", "resource rules must supply at least one resource"));
  return found;
}

auto role_problems(reach where) {
  return [where](const json& object, const json*) {
    problems found;
    const auto& rules = list_at(object, "rules");
    for (std::size_t i = 0; i < rules.size(); ++i)
      append(found, rule_problems(rules[i], indexed("rules", i), where));
    return found;
  };
}

void default_binding(json& object) {
  default_to(object_in(object, "roleRef"), "apiGroup", rbac);
  for_each_in(object, "subjects", [](json& subject) {
    const auto kind = text_at(subject, "kind");
    if (kind == "User" || kind == "Group")
      default_to(subject, "apiGroup", rbac);
  });
}

problems subject_problems(const json& subject, const std::string& at) {
  problems found;
  const auto kind = text_at(subject, "kind");
  if (text_at(subject, "name").empty())
    found.push_back(required(at + ".name"));
  if (kind == "ServiceAccount" && text_at(subject, "namespace").empty())
    found.push_back(required(at + ".namespace"));
  if (kind != "ServiceAccount" && kind != "User" && kind != "Group")
    found.push_back(not_supported(at + ".kind", kind, {"Group", "ServiceAccount", "User"}));
  return found;
}

/// The server shows a roleRef by its Go field names.
problems role_reference_change(const json& object, const json* before) {
  if (!before || object_at(object, "roleRef") == object_at(*before, "roleRef"))
    return {};
  const json shown{{"APIGroup", text_at(object, "roleRef.apiGroup")},
                   {"Kind", text_at(object, "roleRef.kind")},
                   {"Name", text_at(object, "roleRef.name")}};
  return {invalid("roleRef", shown, "cannot change roleRef")};
}

auto binding_problems(std::vector<std::string> role_kinds) {
  return [role_kinds](const json& object, const json* before) {
    problems found;
    const auto kind = text_at(object, "roleRef.kind");
    if (std::ranges::find(role_kinds, kind) == role_kinds.end())
      found.push_back(not_supported("roleRef.kind", kind, role_kinds));
    if (text_at(object, "roleRef.name").empty())
      found.push_back(required("roleRef.name"));
    const auto& subjects = list_at(object, "subjects");
    for (std::size_t i = 0; i < subjects.size(); ++i)
      append(found, subject_problems(subjects[i], indexed("subjects", i)));
    append(found, role_reference_change(object, before));
    return found;
  };
}

std::string created_text(const json& object) {
  return text_at(object, "metadata.creationTimestamp");
}

std::string role_text(const json& object) {
  return text_at(object, "roleRef.kind") + "/" + text_at(object, "roleRef.name");
}

kind_rules role(const outline& kind, reach where) {
  auto rules = built_in(kind);
  rules.names = kind_rules::name_syntax::path_segment;
  rules.validate = role_problems(where);
  rules.columns = {name_column(), column("Created At", created_text)};
  return rules;
}

kind_rules binding(const outline& kind, std::vector<std::string> role_kinds) {
  auto rules = built_in(kind);
  rules.names = kind_rules::name_syntax::path_segment;
  rules.set_defaults = default_binding;
  rules.validate = binding_problems(std::move(role_kinds));
  rules.columns = {name_column(), column("Role", role_text), age_column()};
  return rules;
}

} // namespace

std::vector<kind_rules> access_kinds() {
  return {role({.group = rbac, .plural = "roles", .singular = "role", .kind = "Role"},
               reach::name_space),
          role({.group = rbac,
                .plural = "clusterroles",
                .singular = "clusterrole",
                .kind = "ClusterRole",
                .is_namespaced = false},
               reach::cluster),
          binding({.group = rbac,
                   .plural = "rolebindings",
                   .singular = "rolebinding",
                   .kind = "RoleBinding"},
                  {"ClusterRole", "Role"}),
          binding({.group = rbac,
                   .plural = "clusterrolebindings",
                   .singular = "clusterrolebinding",
                   .kind = "ClusterRoleBinding",
                   .is_namespaced = false},
                  {"ClusterRole"})};
}

} // namespace kubesim::kinds
