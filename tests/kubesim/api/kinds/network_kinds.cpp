#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

#include <functional>

// Service, Endpoints and NetworkPolicy: stored, with a cluster IP that nobody routes.

namespace kubesim::kinds {

namespace {

std::string cluster_ip_for(const json& object) {
  const auto key = text_at(object, "metadata.namespace") + "/" + text_at(object, "metadata.name");
  const auto number = std::hash<std::string>{}(key);
  return "10.96." + std::to_string(number % 250) + "." + std::to_string(number / 250 % 250 + 1);
}

void default_service(json& object) {
  auto& spec = object_in(object, "spec");
  default_to(spec, "type", "ClusterIP");
  default_to(spec, "sessionAffinity", "None");
  for_each_in(spec, "ports", [](json& port) {
    default_to(port, "protocol", "TCP");
    if (const auto number = port.find("port"); number != port.end())
      default_to(port, "targetPort", json(*number));
  });
  if (spec["type"] == "ExternalName")
    return;
  default_to(spec, "internalTrafficPolicy", "Cluster");
  if (spec["type"] != "ClusterIP")
    default_to(spec, "externalTrafficPolicy", "Cluster");
  if (spec["type"] == "LoadBalancer")
    default_to(spec, "allocateLoadBalancerNodePorts", true);
}

void assign_addresses(json& object, const json* before) {
  auto& spec = object_in(object, "spec");
  if (spec["type"] == "ExternalName")
    return;
  if (before && !spec.contains("clusterIP"))
    spec["clusterIP"] = text_at(*before, "spec.clusterIP");
  if (text_at(spec, "clusterIP").empty())
    spec["clusterIP"] = cluster_ip_for(object);
  default_to(spec, "clusterIPs", json::array({spec["clusterIP"]}));
  default_to(spec, "ipFamilies", json::array({"IPv4"}));
  default_to(spec, "ipFamilyPolicy", "SingleStack");
}

problems service_problems(const json& object, const json* before) {
  problems found;
  const auto& ports = list_at(object, "spec.ports");
  const auto type = text_at(object, "spec.type");
  if (ports.empty() && type != "ExternalName" && text_at(object, "spec.clusterIP") != "None")
    found.push_back(required("spec.ports"));
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto number = number_at(ports[i], "port");
    const auto at = indexed("spec.ports", i);
    if (ports.size() > 1 && text_at(ports[i], "name").empty())
      found.push_back(required(at + ".name"));
    if (number < 1 || number > 65535)
      found.push_back(invalid(at + ".port", number, "must be between 1 and 65535, inclusive"));
  }
  if (before && text_at(*before, "spec.type") == type)
    append(found, immutable_problem(object, before, "spec.clusterIP"));
  return found;
}

std::string ports_text(const json& object) {
  std::string text;
  for (const auto& port : list_at(object, "spec.ports"))
    text += (text.empty() ? "" : ",") + std::to_string(number_at(port, "port")) + "/"
            + text_at(port, "protocol");
  return text.empty() ? "<none>" : text;
}

std::string selector_text(const json& object) {
  std::string text;
  for (const auto& [key, value] : object_at(object, "spec.selector").items())
    text += (text.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  return text.empty() ? "<none>" : text;
}

kind_rules service() {
  auto rules = built_in({.group = "",
                         .plural = "services",
                         .singular = "service",
                         .kind = "Service",
                         .short_names = {"svc"},
                         .categories = {"all"},
                         .has_status = true});
  rules.names = kind_rules::name_syntax::dns_label;
  rules.delete_answers_object = true;
  rules.set_defaults = default_service;
  rules.prepare = [](json& object, const json* before) {
    assign_addresses(object, before);
    if (!before)
      object["status"] = {{"loadBalancer", json::object()}};
  };
  rules.validate = service_problems;
  rules.columns
      = {name_column(),
         column("Type", [](const json& object) { return text_at(object, "spec.type"); }),
         column("Cluster-IP", [](const json& object) { return text_at(object, "spec.clusterIP"); }),
         column("External-IP", [](const json&) { return "<none>"; }),
         column("Port(s)", ports_text),
         age_column(),
         wide_column("Selector", selector_text)};
  return rules;
}

} // namespace

std::vector<kind_rules> network_kinds() {
  return {service(),
          built_in({.group = "",
                    .plural = "endpoints",
                    .singular = "endpoints",
                    .kind = "Endpoints",
                    .short_names = {"ep"}}),
          built_in({.group = "networking.k8s.io",
                    .plural = "networkpolicies",
                    .singular = "networkpolicy",
                    .kind = "NetworkPolicy",
                    .short_names = {"netpol"},
                    .has_generation = true})};
}

} // namespace kubesim::kinds
