#include "tests/kubesim/api/kinds/base64.hpp"
#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"

#include <string>

// ConfigMap and Secret.

namespace kubesim::kinds {

namespace {

constexpr std::size_t largest_content = 1024UL * 1024;

problems key_problems(const json& object, const char* field) {
  constexpr std::string_view allowed
      = "-._abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  problems found;
  for (const auto& [key, value] : object_at(object, field).items()) {
    if (!key.empty() && key.find_first_not_of(allowed) == std::string::npos)
      continue;
    found.push_back(
        invalid(std::string{field} + "[" + key + "]", key,
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
                "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                "'[-._a-zA-Z0-9]+')"));
  }
  return found;
}

std::size_t content_size(const json& object, const char* field) {
  std::size_t size = 0;
  for (const auto& value : object_at(object, field))
    size += value.get_ref<const std::string&>().size();
  return size;
}

problems size_problem(std::size_t size, const std::string& field) {
  if (size <= largest_content)
    return {};
  return {{"FieldValueTooLong", field, "Too long: may not be more than 1048576 bytes"}};
}

/// What `immutable: true` forbids.
problems frozen_problems(const json& object, const json* before,
                         const std::vector<std::string>& contents) {
  if (!before || !is_true_at(*before, "immutable"))
    return {};
  constexpr std::string_view why = "field is immutable when `immutable` is set";
  problems found;
  if (!is_true_at(object, "immutable"))
    found.push_back(field_forbidden("immutable", why));
  for (const auto& each : contents)
    if (object_at(object, each) != object_at(*before, each))
      found.push_back(field_forbidden(each, why));
  return found;
}

kind_rules config_map() {
  auto rules = built_in({.group = "",
                         .plural = "configmaps",
                         .singular = "configmap",
                         .kind = "ConfigMap",
                         .short_names = {"cm"}});
  rules.validate = [](const json& object, const json* before) {
    auto found = key_problems(object, "data");
    append(found, key_problems(object, "binaryData"));
    const auto size = content_size(object, "data") + content_size(object, "binaryData") / 4 * 3;
    append(found, size_problem(size, "[]"));
    append(found, frozen_problems(object, before, {"data", "binaryData"}));
    return found;
  };
  rules.columns
      = {name_column(),
         column("Data",
                [](const json& object) {
                  return object_at(object, "data").size() + object_at(object, "binaryData").size();
                }),
         age_column()};
  return rules;
}

/// stringData is for writing only: it becomes data.
void merge_string_data(json& secret) {
  const auto texts = secret.find("stringData");
  if (texts == secret.end())
    return;
  const auto plain = *texts;
  secret.erase(texts);
  for (const auto& [key, value] : plain.items())
    object_in(secret, "data")[key] = encode_base64(value.get<std::string>());
}

kind_rules secret() {
  auto rules = built_in({.group = "", .plural = "secrets", .singular = "secret", .kind = "Secret"});
  rules.set_defaults = [](json& object) {
    default_to(object, "type", "Opaque");
    merge_string_data(object);
  };
  rules.validate = [](const json& object, const json* before) {
    auto found = key_problems(object, "data");
    append(found, size_problem(content_size(object, "data") / 4 * 3, "data"));
    append(found, immutable_problem(object, before, "type"));
    append(found, frozen_problems(object, before, {"data"}));
    return found;
  };
  rules.selectable_fields = {{"type", [](const json& object) { return text_at(object, "type"); }}};
  rules.columns
      = {name_column(), column("Type", [](const json& object) { return text_at(object, "type"); }),
         column("Data", [](const json& object) { return object_at(object, "data").size(); }),
         age_column()};
  return rules;
}

} // namespace

std::vector<kind_rules> configuration_kinds() {
  return {config_map(), secret()};
}

} // namespace kubesim::kinds
