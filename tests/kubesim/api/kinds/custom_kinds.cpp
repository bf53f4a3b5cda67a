#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/json_path.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/quota.hpp"
#include "tests/kubesim/api/kinds/structural_schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

#include <chrono>

namespace kubesim {

namespace kinds {

namespace {

std::vector<std::string> texts_of(const json& list) {
  return list.get<std::vector<std::string>>();
}

resource_type type_of(const json& definition, const json& version) {
  const auto& names = object_at(definition, "spec.names");
  resource_type type;
  type.group = text_at(definition, "spec.group");
  type.version = text_at(version, "name");
  type.plural = text_at(names, "plural");
  type.singular = text_at(names, "singular");
  type.kind = text_at(names, "kind");
  type.list_kind = text_at(names, "listKind");
  type.short_names = texts_of(list_at(names, "shortNames"));
  type.categories = texts_of(list_at(names, "categories"));
  type.is_namespaced = text_at(definition, "spec.scope") == "Namespaced";
  type.has_status = find_at(version, "subresources.status") != nullptr;
  type.has_scale = find_at(version, "subresources.scale") != nullptr;
  type.has_generation = true;
  type.is_custom = true;
  return type;
}

std::string shown_as_text(const std::vector<json>& values) {
  std::string text;
  for (const auto& value : values)
    text += (text.empty() ? "" : " ")
            + (value.is_string() ? value.get<std::string>() : value.dump());
  return text;
}

json cell_of(const json& object, const std::string& path, const std::string& type) {
  const auto values = find_json_path(object, path);
  if (values.empty() || values.front().is_null())
    return nullptr;
  const auto& first = values.front();
  if (type == "string")
    return shown_as_text(values);
  if (type == "integer")
    return first.is_number() ? json(first.get<std::int64_t>()) : json(nullptr);
  if (type == "number")
    return first.is_number() ? json(first.get<double>()) : json(nullptr);
  if (type == "boolean")
    return first.is_boolean() ? first : json(nullptr);
  if (!first.is_string())
    return nullptr;
  return parse_time(first.get<std::string>()) ? json(age_of({{"time", first}}, "time"))
                                              : json("<invalid>");
}

table_column printed(const json& definition) {
  const auto path = text_at(definition, "jsonPath");
  const auto type = text_at(definition, "type");
  auto result = column(text_at(definition, "name"),
                       [=](const json& object) { return cell_of(object, path, type); });
  result.type = type;
  result.format = text_at(definition, "format");
  result.priority = static_cast<int>(number_at(definition, "priority"));
  result.description = text_at(definition, "description");
  if (result.description.empty())
    result.description = "Custom resource definition column (in JSONPath format): " + path;
  return result;
}

std::vector<table_column> columns_of(const json& version) {
  std::vector<table_column> columns{name_column()};
  for (const auto& each : list_at(version, "additionalPrinterColumns"))
    columns.push_back(printed(each));
  if (columns.size() > 1)
    return columns;
  auto age = age_column();
  age.type = "date";
  columns.push_back(std::move(age));
  return columns;
}

void add_selectable_fields(kind_rules& rules, const json& version) {
  for (const auto& each : list_at(version, "selectableFields")) {
    const auto path = text_at(each, "jsonPath");
    rules.selectable_fields.emplace_back(
        path.substr(path.starts_with('.') ? 1 : 0),
        [path](const json& object) { return shown_as_text(find_json_path(object, path)); });
  }
}

std::string deprecation_of(const resource_type& type, const json& version) {
  if (!is_true_at(version, "deprecated"))
    return {};
  const auto own = text_at(version, "deprecationWarning");
  return own.empty() ? type.api_version() + " " + type.kind + " is deprecated" : own;
}

std::optional<kind_rules::scale_paths> scale_of(const json& version) {
  const auto* scale = find_at(version, "subresources.scale");
  if (!scale)
    return std::nullopt;
  return kind_rules::scale_paths{text_at(*scale, "specReplicasPath"),
                                 text_at(*scale, "statusReplicasPath"),
                                 text_at(*scale, "labelSelectorPath")};
}

kind_rules rules_of(const json& definition, const json& version) {
  kind_rules rules;
  rules.type = type_of(definition, version);
  const auto schema = std::make_shared<const json>(object_at(version, "schema.openAPIV3Schema"));
  rules.schema = schema;
  if (!is_true_at(definition, "spec.preserveUnknownFields")) {
    rules.unknown_fields = [schema](const json& object) {
      auto copy = object;
      return structural::prune(*schema, copy);
    };
    rules.prune = [schema](json& object) { structural::prune(*schema, object); };
  }
  rules.set_defaults = [schema](json& object) { structural::apply_defaults(*schema, object); };
  rules.validate = [schema](const json& object, const json* before) {
    return structural::validate(*schema, object, before);
  };
  rules.allows_unconditional_update = false;
  rules.columns = columns_of(version);
  add_selectable_fields(rules, version);
  rules.scale = scale_of(version);
  rules.deprecation_warning = deprecation_of(rules.type, version);
  return rules;
}

} // namespace

} // namespace kinds

std::vector<kind_rules> custom_kinds(const json& custom_resource_definition) {
  std::vector<kind_rules> all;
  for (const auto& version : kinds::list_at(custom_resource_definition, "spec.versions"))
    if (kinds::is_true_at(version, "served"))
      kinds::heed_quotas(all.emplace_back(kinds::rules_of(custom_resource_definition, version)));
  return all;
}

} // namespace kubesim
