#include "tests/kubesim/auth/bootstrap_policy.hpp"

#include <string>

namespace kubesim {

namespace {

json role(const char* name, json rules) {
  return {{"metadata", {{"name", name}}}, {"rules", std::move(rules)}};
}

json path_rule(json paths) {
  return {{"verbs", json::array({"get"})}, {"nonResourceURLs", std::move(paths)}};
}

json create_rule(const char* group, json resources) {
  return {{"verbs", json::array({"create"})},
          {"apiGroups", json::array({group})},
          {"resources", std::move(resources)}};
}

json binding(const char* name, const char* role_name, std::vector<std::string> groups) {
  json subjects = json::array();
  for (const auto& each : groups)
    subjects.push_back(
        {{"kind", "Group"}, {"apiGroup", "rbac.authorization.k8s.io"}, {"name", each}});
  return {
      {"metadata", {{"name", name}}},
      {"roleRef",
       {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", role_name}}},
      {"subjects", std::move(subjects)}};
}

json everything() {
  const auto all = json::array({"*"});
  return json::array({{{"verbs", all}, {"apiGroups", all}, {"resources", all}},
                      {{"verbs", all}, {"nonResourceURLs", all}}});
}

bootstrap_policy make() {
  bootstrap_policy policy;
  policy.roles = {
      role("cluster-admin", everything()),
      role("system:discovery",
           json::array({path_rule(
               json::array({"/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi",
                            "/openapi/*", "/readyz", "/version", "/version/"}))})),
      role(
          "system:public-info-viewer",
          json::array({path_rule(json::array({"/healthz", "/healthz/*", "/livez", "/livez/*",
                                              "/readyz", "/readyz/*", "/version", "/version/"}))})),
      role("system:basic-user",
           json::array(
               {create_rule("authorization.k8s.io",
                            json::array({"selfsubjectaccessreviews", "selfsubjectrulesreviews"})),
                create_rule("authentication.k8s.io", json::array({"selfsubjectreviews"}))})),
  };
  policy.bindings = {
      binding("cluster-admin", "cluster-admin", {"system:masters"}),
      binding("system:discovery", "system:discovery", {"system:authenticated"}),
      binding("system:public-info-viewer", "system:public-info-viewer",
              {"system:authenticated", "system:unauthenticated"}),
      binding("system:basic-user", "system:basic-user", {"system:authenticated"}),
  };
  return policy;
}

} // namespace

const bootstrap_policy& default_policy() {
  static const auto policy = make();
  return policy;
}

} // namespace kubesim
