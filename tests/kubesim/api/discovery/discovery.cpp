#include "tests/kubesim/api/discovery/discovery.hpp"

#include "tests/kubesim/api/discovery/served_resource.hpp"

#include <algorithm>
#include <set>

namespace kubesim::discovery {

namespace {

/// Priority among versions: v1 before v1beta2 before v1alpha1, higher numbers first.
bool is_preferred(const std::string& a, const std::string& b) {
  const auto rank = [](const std::string& version) {
    const auto stability = version.find("alpha") != std::string::npos  ? 0
                           : version.find("beta") != std::string::npos ? 1
                                                                       : 2;
    return std::pair{stability, version.size() > 1 ? std::stoi("0" + version.substr(1, 1)) : 0};
  };
  return rank(a) != rank(b) ? rank(a) > rank(b) : a > b;
}

std::vector<std::string> versions_of(const served_types& types, std::string_view group) {
  std::vector<std::string> versions;
  for (const auto* type : types)
    if (type->group == group && std::ranges::find(versions, type->version) == versions.end())
      versions.push_back(type->version);
  std::ranges::sort(versions, is_preferred);
  return versions;
}

/// All groups but the core, by name.
std::set<std::string> group_names(const served_types& types) {
  std::set<std::string> names;
  for (const auto* type : types)
    if (!type->group.empty())
      names.insert(type->group);
  return names;
}

json version_entry(const std::string& group_name, const std::string& version) {
  return {{"groupVersion", group_name + "/" + version}, {"version", version}};
}

json group_entry(const served_types& types, const std::string& name) {
  json versions = json::array();
  for (const auto& version : versions_of(types, name))
    versions.push_back(version_entry(name, version));
  auto preferred = versions.front();
  return {{"name", name},
          {"versions", std::move(versions)},
          {"preferredVersion", std::move(preferred)}};
}

json main_entry(const resource_type& type) {
  json entry{{"name", type.plural},
             {"singularName", type.singular},
             {"namespaced", type.is_namespaced},
             {"kind", type.kind},
             {"verbs", verbs_of(type)}};
  if (!type.short_names.empty())
    entry["shortNames"] = type.short_names;
  if (!type.categories.empty())
    entry["categories"] = type.categories;
  return entry;
}

json subresource_entry(const resource_type& type, const subresource& sub) {
  json entry{{"name", type.plural + "/" + sub.name},
             {"singularName", ""},
             {"namespaced", type.is_namespaced},
             {"kind", sub.kind},
             {"verbs", sub.verbs}};
  if (!sub.group.empty()) {
    entry["group"] = sub.group;
    entry["version"] = sub.version;
  }
  return entry;
}

/// Built-in kinds leave group and version out; those of custom kinds are given.
json response_kind(const resource_type& type, const std::string& kind) {
  return {{"group", type.is_custom ? type.group : ""},
          {"version", type.is_custom ? type.version : ""},
          {"kind", kind}};
}

json aggregated_subresource(const resource_type& type, const subresource& sub) {
  auto kind = response_kind(type, sub.kind);
  if (!sub.group.empty())
    kind = {{"group", sub.group}, {"version", sub.version}, {"kind", sub.kind}};
  return {{"subresource", sub.name}, {"responseKind", std::move(kind)}, {"verbs", sub.verbs}};
}

json aggregated_resource(const resource_type& type) {
  json entry{{"resource", type.plural},
             {"responseKind", response_kind(type, type.kind)},
             {"scope", type.is_namespaced ? "Namespaced" : "Cluster"},
             {"singularResource", type.singular},
             {"verbs", verbs_of(type)}};
  if (!type.short_names.empty())
    entry["shortNames"] = type.short_names;
  if (!type.categories.empty())
    entry["categories"] = type.categories;
  for (const auto& sub : subresources_of(type))
    entry["subresources"].push_back(aggregated_subresource(type, sub));
  return entry;
}

std::vector<const resource_type*> types_in(const served_types& types, std::string_view group_name,
                                           std::string_view version) {
  std::vector<const resource_type*> found;
  for (const auto* type : types)
    if (type->group == group_name && type->version == version)
      found.push_back(type);
  std::ranges::sort(found, {}, [](const auto* type) { return type->plural; });
  return found;
}

json aggregated_group(const served_types& types, const std::string& name) {
  json versions = json::array();
  for (const auto& version : versions_of(types, name)) {
    json entries = json::array();
    for (const auto* type : types_in(types, name, version))
      entries.push_back(aggregated_resource(*type));
    versions.push_back(
        {{"version", version}, {"resources", std::move(entries)}, {"freshness", "Current"}});
  }
  json metadata = json::object();
  if (!name.empty())
    metadata["name"] = name;
  return {{"metadata", std::move(metadata)}, {"versions", std::move(versions)}};
}

} // namespace

json version() {
  return {{"major", "1"},
          {"minor", "36"},
          {"emulationMajor", "1"},
          {"emulationMinor", "36"},
          {"minCompatibilityMajor", "1"},
          {"minCompatibilityMinor", "35"},
          {"gitVersion", "v1.36.2"},
          {"gitCommit", ""},
          {"gitTreeState", ""},
          {"buildDate", "1970-01-01T00:00:00Z"},
          {"goVersion", "none"},
          {"compiler", "none"},
          {"platform", "linux/amd64"}};
}

json core_versions(const std::string& address) {
  return {{"kind", "APIVersions"},
          {"versions", json::array({"v1"})},
          {"serverAddressByClientCIDRs",
           json::array({{{"clientCIDR", "0.0.0.0/0"}, {"serverAddress", address}}})}};
}

json groups(const served_types& types) {
  json all = json::array();
  for (const auto& name : group_names(types))
    all.push_back(group_entry(types, name));
  return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(all)}};
}

bool serves_group(const served_types& types, std::string_view name) {
  return std::ranges::any_of(types, [&](const auto* type) { return type->group == name; });
}

std::optional<json> group(const served_types& types, std::string_view name) {
  if (name.empty() || !serves_group(types, name))
    return std::nullopt;
  auto entry = group_entry(types, std::string{name});
  entry["kind"] = "APIGroup";
  entry["apiVersion"] = "v1";
  return entry;
}

std::optional<json> resources(const served_types& types, std::string_view group_name,
                              std::string_view version) {
  const auto found = types_in(types, group_name, version);
  if (found.empty())
    return std::nullopt;
  json entries = json::array();
  for (const auto* type : found) {
    entries.push_back(main_entry(*type));
    for (const auto& sub : subresources_of(*type))
      entries.push_back(subresource_entry(*type, sub));
  }
  json list{{"kind", "APIResourceList"},
            {"groupVersion", found.front()->api_version()},
            {"resources", std::move(entries)}};
  if (!group_name.empty())
    list["apiVersion"] = "v1";
  return list;
}

json aggregated(const served_types& types, scope where, std::string_view version) {
  json items = json::array();
  if (where == scope::core)
    items.push_back(aggregated_group(types, ""));
  else
    for (const auto& name : group_names(types))
      items.push_back(aggregated_group(types, name));
  return {{"kind", "APIGroupDiscoveryList"},
          {"apiVersion", "apidiscovery.k8s.io/" + std::string{version}},
          {"metadata", json::object()},
          {"items", std::move(items)}};
}

} // namespace kubesim::discovery
