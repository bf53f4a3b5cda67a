#include "tests/kubesim/api/discovery/served_resource.hpp"

#include <algorithm>

namespace kubesim::discovery {

namespace {

const std::vector<std::string> change_verbs{"get", "patch", "update"};
const std::vector<std::string> create_verb{"create"};

/// Those of one kind alone.
std::vector<subresource> own_subresources(const resource_type& type) {
  if (!type.group.empty())
    return {};
  if (type.plural == "pods")
    return {{"eviction", "Eviction", "policy", "v1", create_verb},
            {"ephemeralcontainers", "Pod", "", "", change_verbs},
            {"exec", "PodExecOptions", "", "", {"create", "get"}},
            {"log", "Pod", "", "", {"get"}}};
  if (type.plural == "serviceaccounts")
    return {{"token", "TokenRequest", "authentication.k8s.io", "v1", create_verb}};
  if (type.plural == "namespaces")
    return {{"finalize", "Namespace", "", "", {"update"}}};
  return {};
}

/// Kinds that can only be created: access and token reviews.
bool is_stored(const resource_type& type) {
  return type.group != "authorization.k8s.io" && type.group != "authentication.k8s.io";
}

} // namespace

std::vector<subresource> subresources_of(const resource_type& type) {
  auto all = own_subresources(type);
  if (type.has_status)
    all.push_back({"status", type.kind, "", "", change_verbs});
  if (type.has_scale)
    all.push_back({"scale", "Scale", "autoscaling", "v1", change_verbs});
  std::ranges::sort(all, {}, &subresource::name);
  return all;
}

std::vector<std::string> verbs_of(const resource_type& type) {
  if (!is_stored(type))
    return create_verb;
  if (type.is_custom)
    return {"delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"};
  if (type.group.empty() && type.plural == "namespaces")
    return {"create", "delete", "get", "list", "patch", "update", "watch"};
  return {"create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"};
}

} // namespace kubesim::discovery
