#include "tests/scenarios/application.hpp"

namespace scenarios {

json object_of(const k8s::resource_kind& kind, const std::string& name) {
  return {{"apiVersion", kind.api_version()}, {"kind", kind.kind}, {"metadata", {{"name", name}}}};
}

namespace {

json claim_object(const application& what, const std::string& claim) {
  auto object = object_of(kinds::claim, claim);
  object["metadata"]["annotations"] = what.claim_annotations;
  object["spec"]
      = {{"accessModes", {"ReadWriteOnce"}}, {"resources", {{"requests", {{"storage", "1Gi"}}}}}};
  if (!what.storage_class.empty())
    object["spec"]["storageClassName"] = what.storage_class;
  return object;
}

json container_of(const application& what) {
  json container{{"name", "main"},
                 {"image", "busybox"},
                 {"command", {"sh", "-c", what.program}},
                 {"volumeMounts", json::array()}};
  for (const auto& claim : what.claims)
    container["volumeMounts"].push_back({{"name", claim}, {"mountPath", "/" + claim}});
  if (!what.becomes_ready)
    container["readinessProbe"] = {{"exec", {{"command", {"false"}}}}, {"periodSeconds", 1}};
  return container;
}

json workload_object(const application& what) {
  const json labels{{"app", what.name + "-" + std::string{what.kind.plural}}};
  json pod{{"metadata", {{"labels", labels}, {"annotations", what.annotations}}},
           {"spec",
            {{"terminationGracePeriodSeconds", 1},
             {"containers", json::array({container_of(what)})},
             {"volumes", json::array()}}}};
  for (const auto& claim : what.claims)
    pod["spec"]["volumes"].push_back(
        {{"name", claim}, {"persistentVolumeClaim", {{"claimName", claim}}}});
  auto object = object_of(what.kind, what.name);
  object["spec"] = {{"selector", {{"matchLabels", labels}}}, {"template", pod}};
  if (what.kind != kinds::daemon_set)
    object["spec"]["replicas"] = what.pods;
  if (what.kind == kinds::stateful_set)
    object["spec"]["serviceName"] = what.name;
  return object;
}

} // namespace

json recorded_hooks() {
  return {{"backups.example.com.pre-hook",
           "echo pre $HOSTNAME >> /data/hooks; touch /data/frozen.$HOSTNAME"},
          {"backups.example.com.post-hook",
           "rm -f /data/frozen.$HOSTNAME; echo post $HOSTNAME >> /data/hooks"}};
}

std::vector<k8s::request> requests_for(const application& what, const std::string& name_space) {
  std::vector<k8s::request> all;
  for (const auto& claim : what.claims)
    all.push_back(k8s::create_request(kinds::claim, name_space, claim_object(what, claim)));
  all.push_back(k8s::create_request(what.kind, name_space, workload_object(what)));
  return all;
}

} // namespace scenarios
