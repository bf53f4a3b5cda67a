#include "tests/kubesim/api/kinds/definition_parts.hpp"

#include <string>

namespace kubesim::kinds::definition {

json text() {
  return {{"type", "string"}};
}

json yes_or_no() {
  return {{"type", "boolean"}};
}

json moment() {
  return {{"type", "string"}, {"format", "date-time"}};
}

json object_of(json properties, json required) {
  json schema{{"type", "object"}, {"properties", std::move(properties)}};
  if (!required.empty())
    schema["required"] = std::move(required);
  return schema;
}

json map_of_text() {
  return {{"type", "object"}, {"additionalProperties", text()}};
}

json list_of(json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}

json error() {
  return object_of({{"message", text()}, {"time", moment()}});
}

json deletion_policy() {
  return {{"type", "string"}, {"enum", {"Delete", "Retain"}}};
}

json reference() {
  return object_of({{"apiVersion", text()},
                    {"fieldPath", text()},
                    {"kind", text()},
                    {"name", text()},
                    {"namespace", text()},
                    {"resourceVersion", text()},
                    {"uid", text()}});
}

json with_rule(json schema, const char* rule, const char* message) {
  schema["x-kubernetes-validations"] = json::array({{{"rule", rule}, {"message", message}}});
  return schema;
}

json column(const char* name, const char* type, const char* path, const char* description) {
  json column{{"name", name}, {"type", type}, {"jsonPath", path}};
  if (*description != 0)
    column["description"] = description;
  return column;
}

json names(const char* plural, const char* singular, const char* kind, json short_names) {
  return {{"plural", plural},
          {"singular", singular},
          {"kind", kind},
          {"listKind", std::string{kind} + "List"},
          {"shortNames", std::move(short_names)}};
}

json of(const char* group, json names, const char* scope, json schema, json columns) {
  const auto plural = names["plural"].get<std::string>();
  json version{{"name", "v1"},
               {"served", true},
               {"storage", true},
               {"schema", {{"openAPIV3Schema", std::move(schema)}}},
               {"additionalPrinterColumns", std::move(columns)}};
  if (!plural.ends_with("classes"))
    version["subresources"] = {{"status", json::object()}};
  return {{"apiVersion", "apiextensions.k8s.io/v1"},
          {"kind", "CustomResourceDefinition"},
          {"metadata", {{"name", plural + "." + group}}},
          {"spec",
           {{"group", group},
            {"scope", scope},
            {"names", std::move(names)},
            {"versions", json::array({std::move(version)})}}}};
}

} // namespace kubesim::kinds::definition
