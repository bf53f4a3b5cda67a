#include "tests/kubesim/auth/authorizer.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/auth/bootstrap_policy.hpp"
#include "tests/kubesim/auth/rbac_rule.hpp"

namespace kubesim {

namespace {

using kinds::list_at;
using kinds::object_at;

constexpr const char* rbac_group = "rbac.authorization.k8s.io";

std::string name_of(const json& object) {
  return kinds::text_at(object, "metadata.name");
}

/// `RBAC: allowed by RoleBinding "b/ns" of Role "r" to ServiceAccount "sa/ns"`
std::string reason_of(const json& binding, const std::string& subject) {
  const auto name_space = kinds::text_at(binding, "metadata.namespace");
  const auto& role = object_at(binding, "roleRef");
  return "RBAC: allowed by "
         + (name_space.empty() ? "ClusterRoleBinding \"" + name_of(binding) + "\""
                               : "RoleBinding \"" + name_of(binding) + "/" + name_space + "\"")
         + " of " + kinds::text_at(role, "kind") + " \"" + kinds::text_at(role, "name") + "\" to "
         + subject;
}

bool is_master(const user& who) {
  return std::ranges::find(who.groups, "system:masters") != who.groups.end();
}

} // namespace

json authorizer::rules_of_role(const json& role_reference, const std::string& name_space) const {
  const auto name = kinds::text_at(role_reference, "name");
  const bool is_namespaced = kinds::text_at(role_reference, "kind") == "Role";
  const auto* type = objects_.find_type(rbac_group, "v1", is_namespaced ? "roles" : "clusterroles");
  const auto found
      = type ? objects_.find(*type, {is_namespaced ? name_space : std::string{}, name}) : nullptr;
  if (found)
    return list_at(*found, "rules");
  if (!is_namespaced)
    for (const auto& role : default_policy().roles)
      if (name_of(role) == name)
        return list_at(role, "rules");
  return json::array();
}

std::vector<authorizer::grant> authorizer::grants(const user& who,
                                                  const std::string& name_space) const {
  std::vector<grant> all;
  const auto add = [&](const json& binding) {
    for (const auto& subject : list_at(binding, "subjects"))
      if (const auto words = rbac::match(subject, who))
        return all.push_back({rules_of_role(object_at(binding, "roleRef"),
                                            kinds::text_at(binding, "metadata.namespace")),
                              reason_of(binding, *words)});
  };
  if (const auto* type = objects_.find_type(rbac_group, "v1", "clusterrolebindings"))
    for (const auto& binding : objects_.all(*type))
      add(*binding);
  for (const auto& binding : default_policy().bindings)
    add(binding);
  const auto* type = objects_.find_type(rbac_group, "v1", "rolebindings");
  if (type && !name_space.empty())
    for (const auto& binding : objects_.all(*type, name_space))
      add(*binding);
  return all;
}

decision authorizer::allows(const user& who, const attributes& wish) const {
  if (is_master(who))
    return {.allowed = true};
  for (const auto& each : grants(who, wish.name_space))
    for (const auto& rule : each.rules)
      if (rbac::permits(rule, wish))
        return {.allowed = true, .reason = each.reason};
  return {};
}

std::vector<json> authorizer::rules_for(const user& who, const std::string& name_space) const {
  std::vector<json> all;
  for (const auto& each : grants(who, name_space))
    all.insert(all.end(), each.rules.begin(), each.rules.end());
  return all;
}

refusal forbidden(const user& who, const attributes& wish) {
  const auto asks = "User \"" + who.name + "\" cannot " + wish.verb;
  if (!wish.path.empty())
    return status_error::of(403, "Forbidden", "forbidden: " + asks + " path \"" + wish.path + "\"",
                            json::object());
  json details{{"kind", wish.resource}};
  if (!wish.group.empty())
    details["group"] = wish.group;
  auto text = wish.group.empty() ? wish.resource : wish.resource + "." + wish.group;
  if (!wish.name.empty()) {
    details["name"] = wish.name;
    text += " \"" + wish.name + "\"";
  }
  const auto resource
      = wish.subresource.empty() ? wish.resource : wish.resource + "/" + wish.subresource;
  text += " is forbidden: " + asks + " resource \"" + resource + "\" in API group \"" + wish.group
          + "\" "
          + (wish.name_space.empty() ? "at the cluster scope"
                                     : "in the namespace \"" + wish.name_space + "\"");
  return status_error::of(403, "Forbidden", std::move(text), std::move(details));
}

refusal unauthorized() {
  return status_error::of(401, "Unauthorized", "Unauthorized");
}

} // namespace kubesim
