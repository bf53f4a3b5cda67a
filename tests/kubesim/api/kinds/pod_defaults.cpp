#include "tests/kubesim/api/kinds/pod_spec.hpp"
#include "tests/kubesim/api/kinds/quantity.hpp"

#include <array>

namespace kubesim::kinds {

namespace {

constexpr int owner_read_write_all_read = 0644;

/// The newest image of a name must be looked up, a fixed one need not.
std::string pull_policy_of(const std::string& image) {
  if (image.find('@') != std::string::npos)
    return "IfNotPresent";
  const auto slash = image.rfind('/');
  const auto colon = image.find(':', slash == std::string::npos ? 0 : slash);
  const auto tag = colon == std::string::npos ? "latest" : image.substr(colon + 1);
  return tag == "latest" ? "Always" : "IfNotPresent";
}

void default_http_get(json& action) {
  default_to(action, "path", "/");
  default_to(action, "scheme", "HTTP");
}

void default_probe(json& probe) {
  default_to(probe, "timeoutSeconds", 1);
  default_to(probe, "periodSeconds", 10);
  default_to(probe, "successThreshold", 1);
  default_to(probe, "failureThreshold", 3);
  if (const auto action = probe.find("httpGet"); action != probe.end())
    default_http_get(*action);
  if (const auto action = probe.find("grpc"); action != probe.end())
    default_to(*action, "service", "");
}

void default_lifecycle(json& lifecycle) {
  for (const auto* when : {"postStart", "preStop"}) {
    const auto hook = lifecycle.find(when);
    if (hook != lifecycle.end() && hook->contains("httpGet"))
      default_http_get((*hook)["httpGet"]);
  }
}

void default_field_ref(json& holder) {
  if (const auto reference = holder.find("fieldRef"); reference != holder.end())
    default_to(*reference, "apiVersion", "v1");
}

void default_container(json& container) {
  if (!container.is_object())
    return;
  default_to(container, "imagePullPolicy", pull_policy_of(text_at(container, "image")));
  default_to(container, "terminationMessagePath", "/dev/termination-log");
  default_to(container, "terminationMessagePolicy", "File");
  for_each_in(container, "ports", [](json& port) { default_to(port, "protocol", "TCP"); });
  for_each_in(container, "env", [](json& variable) {
    if (const auto from = variable.find("valueFrom"); from != variable.end())
      default_field_ref(*from);
  });
  for (const auto* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
    if (const auto found = container.find(probe); found != container.end())
      default_probe(*found);
  if (const auto found = container.find("lifecycle"); found != container.end())
    default_lifecycle(*found);
}

void default_projected(json& source) {
  default_to(source, "defaultMode", owner_read_write_all_read);
  for_each_in(source, "sources", [](json& projection) {
    if (const auto token = projection.find("serviceAccountToken"); token != projection.end())
      default_to(*token, "expirationSeconds", 3600);
    if (const auto downward = projection.find("downwardAPI"); downward != projection.end())
      for_each_in(*downward, "items", default_field_ref);
  });
}

void default_volume(json& volume) {
  if (!volume.is_object())
    return;
  if (volume.size() < 2)
    volume["emptyDir"] = json::object();
  for (const auto* source : {"secret", "configMap", "downwardAPI"})
    if (const auto found = volume.find(source); found != volume.end())
      default_to(*found, "defaultMode", owner_read_write_all_read);
  if (const auto found = volume.find("downwardAPI"); found != volume.end())
    for_each_in(*found, "items", default_field_ref);
  if (const auto found = volume.find("projected"); found != volume.end())
    default_projected(*found);
  if (const auto found = volume.find("hostPath"); found != volume.end())
    default_to(*found, "type", "");
  if (const auto found = volume.find("ephemeral"); found != volume.end())
    default_claim_spec(object_in(object_in(*found, "volumeClaimTemplate"), "spec"));
}

/// Requests that are not named are the limits.
void default_requests(json& container) {
  auto resources = container.find("resources");
  if (resources == container.end() || !resources->contains("limits"))
    return;
  for (const auto& [name, amount] : (*resources)["limits"].items())
    default_to(object_in(*resources, "requests"), name.c_str(), amount);
}

void add_toleration(json& spec, const char* taint) {
  for (const auto& each : list_at(spec, "tolerations"))
    if (text_at(each, "key") == taint || text_at(each, "key").empty())
      return;
  spec["tolerations"].push_back({{"key", taint},
                                 {"operator", "Exists"},
                                 {"effect", "NoExecute"},
                                 {"tolerationSeconds", 300}});
}

bool is_guaranteed(const json& container) {
  for (const auto* resource : {"cpu", "memory"}) {
    const auto limit = text_at(container, std::string{"resources.limits."} + resource);
    const auto request = text_at(container, std::string{"resources.requests."} + resource);
    if (limit.empty() || parse_quantity(limit) != parse_quantity(request))
      return false;
  }
  return true;
}

bool names_resources(const json& container) {
  return !object_at(container, "resources.limits").empty()
         || !object_at(container, "resources.requests").empty();
}

constexpr std::array container_lists{"initContainers", "containers", "ephemeralContainers"};

} // namespace

void default_claim_spec(json& spec) {
  default_to(spec, "volumeMode", "Filesystem");
}

void default_pod_spec(json& spec) {
  default_to(spec, "restartPolicy", "Always");
  default_to(spec, "dnsPolicy", "ClusterFirst");
  default_to(spec, "schedulerName", "default-scheduler");
  default_to(spec, "securityContext", json::object());
  default_to(spec, "terminationGracePeriodSeconds", 30);
  if (const auto account = text_at(spec, "serviceAccountName"); !account.empty())
    spec["serviceAccount"] = account;
  for (const auto* list : container_lists)
    for_each_in(spec, list, default_container);
  for_each_in(spec, "volumes", default_volume);
  if (!is_true_at(spec, "hostNetwork"))
    return;
  for (const auto* list : container_lists)
    for_each_in(spec, list, [](json& container) {
      for_each_in(container, "ports", [](json& port) {
        if (port.contains("containerPort"))
          default_to(port, "hostPort", json(port["containerPort"]));
      });
    });
}

void default_pod(json& pod) {
  auto& spec = object_in(pod, "spec");
  default_pod_spec(spec);
  default_to(spec, "enableServiceLinks", true);
  default_to(spec, "preemptionPolicy", "PreemptLowerPriority");
  default_to(spec, "priority", 0);
  for (const auto* list : container_lists)
    for_each_in(spec, list, default_requests);
  for (const auto* taint : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"})
    add_toleration(spec, taint);
}

std::string quality_of_service(const json& pod) {
  bool all_guaranteed = true, any_named = false;
  for (const auto* list : {"spec.initContainers", "spec.containers"})
    for (const auto& container : list_at(pod, list)) {
      all_guaranteed = all_guaranteed && is_guaranteed(container);
      any_named = any_named || names_resources(container);
    }
  if (!any_named)
    return "BestEffort";
  return all_guaranteed ? "Guaranteed" : "Burstable";
}

} // namespace kubesim::kinds
