#include "tests/kubesim/api/discovery/openapi_schema.hpp"

namespace kubesim::discovery {

namespace {

using kinds::field;
using kinds::shape;
using kinds::value_type;

json scalar(const char* type, const char* format = nullptr) {
  json schema{{"type", type}};
  if (format)
    schema["format"] = format;
  return schema;
}

json single_schema(const field& known) {
  switch (known.type) {
  case value_type::boolean:
    return scalar("boolean");
  case value_type::int32:
    return scalar("integer", "int32");
  case value_type::int64:
    return scalar("integer", "int64");
  case value_type::time:
  case value_type::micro_time:
    return scalar("string", "date-time");
  case value_type::int_or_string:
    return {{"format", "int-or-string"},
            {"oneOf", json::array({scalar("integer"), scalar("string")})}};
  case value_type::quantity:
    return {{"oneOf", json::array({scalar("string"), scalar("number")})}};
  case value_type::bytes:
    return scalar("string", "byte");
  case value_type::any:
    return {{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  case value_type::object:
    return {{"$ref", "#/components/schemas/" + known.object->name}};
  default:
    return scalar("string");
  }
}

/// A `$ref` may have no siblings, so it goes into an allOf as soon as something is said beside it.
json with_siblings(json schema) {
  if (!schema.contains("$ref"))
    return schema;
  return {{"allOf", json::array({std::move(schema)})}};
}

json field_schema(const field& known) {
  if (known.shape == shape::map)
    return {{"type", "object"}, {"additionalProperties", single_schema(known)}};
  if (known.shape == shape::single) {
    auto schema = single_schema(known);
    if (!known.retains_keys)
      return schema;
    schema = with_siblings(std::move(schema));
    schema["x-kubernetes-patch-strategy"] = "retainKeys";
    return schema;
  }
  json schema{{"type", "array"}, {"items", single_schema(known)}};
  if (!known.is_merged)
    return schema;
  schema["x-kubernetes-patch-strategy"] = known.retains_keys ? "merge,retainKeys" : "merge";
  if (!known.merge_key.empty())
    schema["x-kubernetes-patch-merge-key"] = known.merge_key;
  return schema;
}

} // namespace

json openapi_schema(const kinds::struct_type& type) {
  json properties = json::object();
  for (const auto& each : type.fields)
    properties[each.name] = field_schema(each);
  return {{"type", "object"}, {"properties", std::move(properties)}};
}

void add_components(const kinds::struct_type& type, json& components) {
  if (components.contains(type.name))
    return;
  components[type.name] = openapi_schema(type);
  for (const auto& each : type.fields)
    if (each.type == value_type::object)
      add_components(*each.object, components);
}

} // namespace kubesim::discovery
