#include "tests/kubesim/api/kinds/pod_spec.hpp"

#include <set>

namespace kubesim::kinds {

namespace {

problems one_of(const json& object, const std::string& field, const std::string& key,
                const std::vector<std::string>& allowed) {
  const auto value = text_at(object, key);
  if (std::ranges::find(allowed, value) != allowed.end())
    return {};
  if (value.empty())
    return {required(field + "." + key)};
  return {not_supported(field + "." + key, value, allowed)};
}

problems volume_problems(const json& volume, const std::string& field) {
  problems found;
  const auto name = text_at(volume, "name");
  if (name.empty())
    found.push_back(required(field + ".name"));
  else
    append(found, dns_label_problems(field + ".name", name));
  bool has_source = false;
  for (const auto& [key, source] : volume.items()) {
    if (key == "name")
      continue;
    if (has_source)
      found.push_back(
          field_forbidden(field + "." + key, "may not specify more than 1 volume type"));
    has_source = true;
  }
  if (const auto* claim = find_at(volume, "persistentVolumeClaim");
      claim && text_at(*claim, "claimName").empty())
    found.push_back(required(field + ".persistentVolumeClaim.claimName"));
  if (const auto* host = find_at(volume, "hostPath"); host && text_at(*host, "path").empty())
    found.push_back(required(field + ".hostPath.path"));
  if (const auto* secret = find_at(volume, "secret");
      secret && text_at(*secret, "secretName").empty())
    found.push_back(required(field + ".secret.secretName"));
  if (const auto* map = find_at(volume, "configMap"); map && text_at(*map, "name").empty())
    found.push_back(required(field + ".configMap.name"));
  return found;
}

problems mount_problems(const json& container, const std::string& field,
                        const std::set<std::string>& volumes) {
  problems found;
  std::set<std::string> paths;
  const auto& mounts = list_at(container, "volumeMounts");
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    const auto at = indexed(field + ".volumeMounts", i);
    const auto name = text_at(mounts[i], "name");
    const auto path = text_at(mounts[i], "mountPath");
    if (name.empty())
      found.push_back(required(at + ".name"));
    else if (!volumes.contains(name))
      found.push_back(not_found(at + ".name", name));
    if (path.empty())
      found.push_back(required(at + ".mountPath"));
    else if (!paths.insert(path).second)
      found.push_back(invalid(at + ".mountPath", path, "must be unique"));
  }
  return found;
}

problems device_problems(const json& container, const std::string& field,
                         const std::set<std::string>& volumes) {
  problems found;
  std::set<std::string> paths;
  for (const auto& mount : list_at(container, "volumeMounts"))
    paths.insert(text_at(mount, "mountPath"));
  const auto& devices = list_at(container, "volumeDevices");
  for (std::size_t i = 0; i < devices.size(); ++i) {
    const auto at = indexed(field + ".volumeDevices", i);
    const auto name = text_at(devices[i], "name");
    const auto path = text_at(devices[i], "devicePath");
    if (name.empty())
      found.push_back(required(at + ".name"));
    else if (!volumes.contains(name))
      found.push_back(not_found(at + ".name", name));
    if (path.empty())
      found.push_back(required(at + ".devicePath"));
    else if (!paths.insert(path).second)
      found.push_back(invalid(at + ".devicePath", path, "must be unique"));
  }
  return found;
}

problems port_problems(const json& container, const std::string& field) {
  problems found;
  const auto& ports = list_at(container, "ports");
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto at = indexed(field + ".ports", i);
    const auto number = number_at(ports[i], "containerPort");
    if (number == 0)
      found.push_back(required(at + ".containerPort"));
    else if (number < 1 || number > 65535)
      found.push_back(
          invalid(at + ".containerPort", number, "must be between 1 and 65535, inclusive"));
    append(found, one_of(ports[i], at, "protocol", {"SCTP", "TCP", "UDP"}));
  }
  return found;
}

problems environment_problems(const json& container, const std::string& field) {
  problems found;
  const auto& variables = list_at(container, "env");
  for (std::size_t i = 0; i < variables.size(); ++i) {
    const auto at = indexed(field + ".env", i);
    if (text_at(variables[i], "name").empty())
      found.push_back(required(at + ".name"));
    if (!text_at(variables[i], "value").empty() && variables[i].contains("valueFrom"))
      found.push_back(
          invalid(at + ".valueFrom", "", "may not be specified when `value` is not empty"));
  }
  return found;
}

problems probe_problems(const json& container, const std::string& field) {
  problems found;
  for (const auto* name : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    const auto* probe = find_at(container, name);
    if (!probe)
      continue;
    int actions = 0;
    for (const auto* action : {"exec", "httpGet", "tcpSocket", "grpc"})
      actions += probe->contains(action) ? 1 : 0;
    const auto at = field + "." + name;
    if (actions == 0)
      found.push_back(required(at, "must specify a handler type"));
    if (actions > 1)
      found.push_back(field_forbidden(at, "may not specify more than 1 handler type"));
  }
  return found;
}

problems container_problems(const json& container, const std::string& field,
                            const std::set<std::string>& volumes) {
  problems found;
  const auto name = text_at(container, "name");
  if (name.empty())
    found.push_back(required(field + ".name"));
  else
    append(found, dns_label_problems(field + ".name", name));
  if (text_at(container, "image").empty())
    found.push_back(required(field + ".image"));
  append(found, one_of(container, field, "imagePullPolicy", {"Always", "IfNotPresent", "Never"}));
  append(found, port_problems(container, field));
  append(found, environment_problems(container, field));
  append(found, mount_problems(container, field, volumes));
  append(found, device_problems(container, field, volumes));
  append(found, probe_problems(container, field));
  return found;
}

std::set<std::string> names_of(const json& list) {
  std::set<std::string> names;
  for (const auto& each : list)
    names.insert(text_at(each, "name"));
  return names;
}

/// A Pod without what may change after its creation.
json fixed_part(const json& pod) {
  json spec = object_at(pod, "spec");
  for (const auto* list : {"containers", "initContainers"})
    for_each_in(spec, list, [](json& container) { container.erase("image"); });
  for (const auto* key : {"activeDeadlineSeconds", "tolerations", "ephemeralContainers",
                          "schedulingGates", "terminationGracePeriodSeconds"})
    spec.erase(key);
  return spec;
}

bool meets(const json& requirement, const json& labels) {
  const auto value = labels.find(text_at(requirement, "key"));
  const auto verb = text_at(requirement, "operator");
  if (verb == "Exists")
    return value != labels.end();
  if (verb == "DoesNotExist")
    return value == labels.end();
  const auto& values = list_at(requirement, "values");
  const bool is_listed
      = value != labels.end() && std::find(values.begin(), values.end(), *value) != values.end();
  return verb == "In" ? is_listed : !is_listed;
}

} // namespace

problems pod_spec_problems(const json& spec, const std::string& field) {
  problems found;
  const auto& volumes = list_at(spec, "volumes");
  std::set<std::string> volume_names;
  for (std::size_t i = 0; i < volumes.size(); ++i) {
    const auto at = indexed(field + ".volumes", i);
    append(found, volume_problems(volumes[i], at));
    if (!volume_names.insert(text_at(volumes[i], "name")).second)
      found.push_back(duplicate(at + ".name", volumes[i]["name"]));
  }
  if (list_at(spec, "containers").empty())
    found.push_back(required(field + ".containers"));
  std::set<std::string> seen;
  for (const auto* list : {"containers", "initContainers"}) {
    const auto& containers = list_at(spec, list);
    for (std::size_t i = 0; i < containers.size(); ++i) {
      const auto at = indexed(field + "." + list, i);
      append(found, container_problems(containers[i], at, volume_names));
      if (!seen.insert(text_at(containers[i], "name")).second)
        found.push_back(duplicate(at + ".name", containers[i]["name"]));
    }
  }
  append(found, one_of(spec, field, "restartPolicy", {"Always", "Never", "OnFailure"}));
  if (number_at(spec, "terminationGracePeriodSeconds") < 0)
    found.push_back(invalid(field + ".terminationGracePeriodSeconds",
                            number_at(spec, "terminationGracePeriodSeconds"),
                            "must be greater than or equal to 0"));
  return found;
}

problems pod_change_problems(const json& pod, const json& before) {
  // Binding a pod is an update here, a subresource on a real server.
  auto fixed = fixed_part(before);
  if (!fixed.contains("nodeName") && object_at(pod, "spec").contains("nodeName"))
    fixed["nodeName"] = object_at(pod, "spec")["nodeName"];
  if (names_of(list_at(pod, "spec.containers")) == names_of(list_at(before, "spec.containers"))
      && fixed_part(pod) == fixed)
    return {};
  return {field_forbidden(
      "spec",
      "pod updates may not change fields other than "
      "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`"
      "spec."
      "tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
      "(allow it to be set to 1 if it was previously negative)")};
}

bool selects(const json& selector, const json& labels) {
  const auto& exact = object_at(selector, "matchLabels");
  const auto& requirements = list_at(selector, "matchExpressions");
  if (exact.empty() && requirements.empty())
    return false;
  for (const auto& [key, value] : exact.items())
    if (const auto found = labels.find(key); found == labels.end() || *found != value)
      return false;
  return std::ranges::all_of(requirements, [&](const json& each) { return meets(each, labels); });
}

problems workload_problems(const json& object, const json* before) {
  problems found;
  const auto& selector = object_at(object, "spec.selector");
  const auto& labels = object_at(object, "spec.template.metadata.labels");
  if (!find_at(object, "spec.selector"))
    found.push_back(required("spec.selector"));
  else if (object_at(selector, "matchLabels").empty()
           && list_at(selector, "matchExpressions").empty())
    found.push_back(invalid("spec.selector", selector, "empty selector is invalid for this kind"));
  else if (!selects(selector, labels))
    found.push_back(invalid("spec.template.metadata.labels", labels,
                            "`selector` does not match template `labels`"));
  append(found, immutable_problem(object, before, "spec.selector"));
  if (number_at(object, "spec.replicas") < 0)
    found.push_back(invalid("spec.replicas", number_at(object, "spec.replicas"),
                            "must be greater than or equal to 0"));
  append(found, pod_spec_problems(object_at(object, "spec.template.spec"), "spec.template.spec"));
  return found;
}

} // namespace kubesim::kinds
