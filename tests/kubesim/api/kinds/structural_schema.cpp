#include "tests/kubesim/api/kinds/structural_schema.hpp"

namespace kubesim::kinds::structural {

const json* schema_of_member(const json& schema, const std::string& name) {
  const auto& properties = object_at(schema, "properties");
  if (const auto known = properties.find(name); known != properties.end())
    return &*known;
  const auto more = schema.find("additionalProperties");
  return more != schema.end() && more->is_object() ? &*more : nullptr;
}

namespace {

enum class place { root, inside };

bool keeps_unknown(const json& schema) {
  return is_true_at(schema, "x-kubernetes-preserve-unknown-fields")
         || is_true_at(schema, "additionalProperties");
}

bool is_resource_member(const std::string& name) {
  return name == "apiVersion" || name == "kind" || name == "metadata";
}

void prune_value(const json& schema, json& value, const std::string& path, place where,
                 std::vector<std::string>& dropped);

void prune_object(const json& schema, json& value, const std::string& path, place where,
                  std::vector<std::string>& dropped) {
  const bool is_resource
      = where == place::root || is_true_at(schema, "x-kubernetes-embedded-resource");
  for (auto at = value.begin(); at != value.end();) {
    const auto below = path.empty() ? at.key() : path + "." + at.key();
    const auto* known = schema_of_member(schema, at.key());
    if (is_resource && is_resource_member(at.key())) {
      ++at;
    } else if (known) {
      prune_value(*known, *at, below, place::inside, dropped);
      ++at;
    } else if (keeps_unknown(schema)) {
      ++at;
    } else {
      dropped.push_back(below);
      at = value.erase(at);
    }
  }
}

void prune_value(const json& schema, json& value, const std::string& path, place where,
                 std::vector<std::string>& dropped) {
  if (value.is_object())
    return prune_object(schema, value, path, where, dropped);
  const auto items = schema.find("items");
  if (!value.is_array() || items == schema.end())
    return;
  for (std::size_t i = 0; i < value.size(); ++i)
    prune_value(*items, value[i], indexed(path, i), place::inside, dropped);
}

bool is_forbidden_null(const json& schema, const json& value) {
  return value.is_null() && !is_true_at(schema, "nullable");
}

void default_members(const json& schema, json& object) {
  for (const auto& [name, member] : object_at(schema, "properties").items()) {
    const auto present = object.find(name);
    const bool is_missing = present == object.end() || is_forbidden_null(member, *present);
    const auto standard = member.find("default");
    if (is_missing && standard != member.end())
      object[name] = *standard;
    else if (is_missing && present != object.end())
      object.erase(present);
  }
}

} // namespace

std::vector<std::string> prune(const json& schema, json& object) {
  std::vector<std::string> dropped;
  prune_value(schema, object, {}, place::root, dropped);
  return dropped;
}

void apply_defaults(const json& schema, json& value) {
  if (value.is_array()) {
    if (const auto items = schema.find("items"); items != schema.end())
      for (auto& item : value)
        apply_defaults(*items, item);
    return;
  }
  if (!value.is_object())
    return;
  default_members(schema, value);
  for (auto& [name, member] : value.items())
    if (const auto* known = schema_of_member(schema, name))
      apply_defaults(*known, member);
}

bool has_rules(const json& schema) {
  if (schema.is_array())
    return std::ranges::any_of(schema, has_rules);
  if (!schema.is_object())
    return false;
  if (schema.contains("x-kubernetes-validations"))
    return true;
  return std::ranges::any_of(schema, has_rules);
}

} // namespace kubesim::kinds::structural
