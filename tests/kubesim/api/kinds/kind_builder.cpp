#include "tests/kubesim/api/kinds/kind_builder.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

#include <chrono>

namespace kubesim::kinds {

kind_rules built_in(const outline& kind) {
  kind_rules rules;
  rules.type.group = kind.group;
  rules.type.version = kind.version;
  rules.type.plural = kind.plural;
  rules.type.singular = kind.singular;
  rules.type.kind = kind.kind;
  rules.type.list_kind = kind.kind + "List";
  rules.type.short_names = kind.short_names;
  rules.type.categories = kind.categories;
  rules.type.is_namespaced = kind.is_namespaced;
  rules.type.has_status = kind.has_status;
  rules.type.has_scale = kind.has_scale;
  rules.type.has_generation = kind.has_generation;

  const auto& structure = builtin_schema().at(kind.structure.empty() ? kind.kind : kind.structure);
  rules.unknown_fields = [&](const json& object) { return unknown_fields(structure, object); };
  rules.decoding_problem = [&](const json& object) { return decoding_problem(structure, object); };
  rules.prune = [&](json& object) { normalize(structure, object); };
  rules.merge_keys = merge_keys(structure);
  rules.schema
      = std::make_shared<const json>(json{{"$ref", "#/components/schemas/" + structure.name}});
  rules.columns = {name_column(), age_column()};
  return rules;
}

table_column column(std::string name, std::function<json(const json& object)> cell) {
  return {.name = std::move(name),
          .type = "string",
          .format = "",
          .description = "",
          .priority = 0,
          .cell = std::move(cell)};
}

table_column wide_column(std::string name, std::function<json(const json& object)> cell) {
  auto result = column(std::move(name), std::move(cell));
  result.priority = 1;
  return result;
}

table_column name_column() {
  auto result = column("Name", [](const json& object) { return text_at(object, "metadata.name"); });
  result.format = "name";
  result.description = "Name must be unique within a namespace.";
  return result;
}

table_column age_column() {
  return column("Age",
                [](const json& object) { return age_of(object, "metadata.creationTimestamp"); });
}

std::string age_of(const json& object, std::string_view time_field) {
  const auto since = parse_time(text_at(object, time_field));
  if (!since)
    return "<unknown>";
  return human_duration(
      std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now() - *since));
}

} // namespace kubesim::kinds
