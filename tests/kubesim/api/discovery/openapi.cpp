#include "tests/kubesim/api/discovery/openapi.hpp"

#include "tests/kubesim/api/discovery/openapi_schema.hpp"
#include "tests/kubesim/api/kinds/fields.hpp"

#include <functional>
#include <map>

// As much of OpenAPI as kubectl reads: which query parameters a PATCH takes, how lists merge, what
// `explain` tells.

namespace kubesim::discovery {

namespace {

constexpr std::string_view component_prefix = "#/components/schemas/";

std::string document_path(const resource_type& type) {
  return (type.group.empty() ? "api/" : "apis/" + type.group + "/") + type.version;
}

json group_version_kind(const resource_type& type) {
  return {{"group", type.group}, {"version", type.version}, {"kind", type.kind}};
}

std::string component_name(const kind_rules& rules) {
  if (rules.type.is_custom || !rules.schema)
    return rules.type.group + "." + rules.type.version + "." + rules.type.kind;
  return kinds::text_at(*rules.schema, "$ref").substr(component_prefix.size());
}

/// A custom kind's schema with the members that every object has.
json custom_schema(const kind_rules& rules) {
  json schema = rules.schema ? *rules.schema : json::object();
  schema["type"] = "object";
  auto& properties = kinds::object_in(schema, "properties");
  properties["apiVersion"] = {{"type", "string"}};
  properties["kind"] = {{"type", "string"}};
  properties["metadata"]
      = {{"allOf", json::array({{{"$ref", std::string{component_prefix} + "ObjectMeta"}}})}};
  return schema;
}

void add_schemas(const kind_rules& rules, json& components) {
  const auto& structures = kinds::builtin_schema();
  const auto name = component_name(rules);
  if (rules.type.is_custom) {
    components[name] = custom_schema(rules);
    add_components(structures.at("ObjectMeta"), components);
  } else {
    add_components(structures.at(name), components);
  }
  components[name]["x-kubernetes-group-version-kind"]
      = json::array({group_version_kind(rules.type)});
}

json parameter(const char* name, const char* type) {
  return {{"name", name}, {"in", "query"}, {"schema", {{"type", type}, {"uniqueItems", true}}}};
}

json path_parameter(const char* name) {
  return {{"name", name},
          {"in", "path"},
          {"required", true},
          {"schema", {{"type", "string"}, {"uniqueItems", true}}}};
}

json operation(const resource_type& type, const char* action, json parameters) {
  return {{"x-kubernetes-action", action},
          {"x-kubernetes-group-version-kind", group_version_kind(type)},
          {"parameters", std::move(parameters)},
          {"responses", {{"200", {{"description", "OK"}}}}}};
}

json write_parameters() {
  return json::array({parameter("dryRun", "string"), parameter("fieldManager", "string"),
                      parameter("fieldValidation", "string"), parameter("force", "boolean")});
}

void add_paths(const kind_rules& rules, json& paths) {
  const auto& type = rules.type;
  const auto collection = "/" + document_path(type)
                          + (type.is_namespaced ? "/namespaces/{namespace}/" : "/") + type.plural;
  json shared = json::array();
  if (type.is_namespaced)
    shared.push_back(path_parameter("namespace"));
  paths[collection] = {{"parameters", shared},
                       {"get", operation(type, "list", json::array())},
                       {"post", operation(type, "post", write_parameters())}};
  shared.push_back(path_parameter("name"));
  paths[collection + "/{name}"] = {{"parameters", shared},
                                   {"get", operation(type, "get", json::array())},
                                   {"put", operation(type, "put", write_parameters())},
                                   {"patch", operation(type, "patch", write_parameters())},
                                   {"delete", operation(type, "delete", json::array())}};
}

/// Changes with what the document would say.
std::size_t fingerprint(const kind_rules& rules) {
  return std::hash<std::string>{}(rules.type.plural
                                  + (rules.schema ? rules.schema->dump() : std::string{}));
}

std::string in_hexadecimal(std::size_t number) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 4)
    text += digits[number >> shift & 15U];
  return text;
}

} // namespace

json openapi_index(const served_rules& kinds) {
  std::map<std::string, std::size_t> hashes;
  for (const auto* rules : kinds)
    hashes[document_path(rules->type)] += fingerprint(*rules);
  json paths = json::object();
  for (const auto& [path, hash] : hashes)
    paths[path] = {{"serverRelativeURL", "/openapi/v3/" + path + "?hash=" + in_hexadecimal(hash)}};
  return {{"paths", std::move(paths)}};
}

std::optional<json> openapi_document(const served_rules& kinds, std::string_view path) {
  json paths = json::object(), schemas = json::object();
  for (const auto* rules : kinds) {
    if (document_path(rules->type) != path)
      continue;
    add_paths(*rules, paths);
    add_schemas(*rules, schemas);
  }
  if (paths.empty())
    return std::nullopt;
  return json{{"openapi", "3.0.0"},
              {"info", {{"title", "Kubernetes"}, {"version", "v1.36.2"}}},
              {"paths", std::move(paths)},
              {"components", {{"schemas", std::move(schemas)}}}};
}

} // namespace kubesim::discovery
