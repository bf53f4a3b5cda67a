#include "tests/kubesim/http/render.hpp"

#include "tests/kubesim/api/fields.hpp"

namespace kubesim::http {

namespace {

json column_definitions(const kind_rules& rules) {
  json columns = json::array();
  for (const auto& column : rules.columns)
    columns.push_back({{"name", column.name},
                       {"type", column.type},
                       {"format", column.format},
                       {"description", column.description},
                       {"priority", column.priority}});
  return columns;
}

json row_of(const kind_rules& rules, const json& object, included objects) {
  json cells = json::array();
  for (const auto& column : rules.columns)
    cells.push_back(column.cell ? column.cell(object) : json{});
  json row{{"cells", std::move(cells)}, {"object", nullptr}};
  if (objects == included::metadata)
    row["object"] = partial_metadata(object);
  else if (objects == included::object)
    row["object"] = object;
  return row;
}

} // namespace

json partial_metadata(const json& object) {
  return {{"kind", "PartialObjectMetadata"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", field(object, {"metadata"})}};
}

json table_of(const kind_rules& rules, const object_list& rows, json list_metadata,
              included objects) {
  json all = json::array();
  for (const auto& object : rows)
    all.push_back(row_of(rules, *object, objects));
  return {{"kind", "Table"},
          {"apiVersion", "meta.k8s.io/v1"},
          {"metadata", std::move(list_metadata)},
          {"columnDefinitions", column_definitions(rules)},
          {"rows", std::move(all)}};
}

json shaped_object(const kind_rules& rules, const json& object, const representation& wanted,
                   included objects) {
  using form = representation::form;
  if (wanted.shape == form::partial_metadata)
    return partial_metadata(object);
  if (wanted.shape == form::table)
    return table_of(rules, {std::make_shared<const json>(object)},
                    {{"resourceVersion", text_at(object, {"metadata", "resourceVersion"})}},
                    objects);
  return object;
}

json shaped_list(const kind_rules& rules, const object_list& items, json list_metadata,
                 const representation& wanted, included objects) {
  using form = representation::form;
  if (wanted.shape == form::table)
    return table_of(rules, items, std::move(list_metadata), objects);
  bool is_partial = wanted.shape == form::partial_metadata_list;
  json all = json::array();
  for (const auto& object : items) {
    all.push_back(is_partial ? partial_metadata(*object) : *object);
    if (!is_partial && !rules.type.is_custom) {
      all.back().erase("kind");
      all.back().erase("apiVersion");
    }
  }
  // Custom lists always say `continue`, as the server's unstructured lists do.
  if (rules.type.is_custom && !is_partial && !list_metadata.contains("continue"))
    list_metadata["continue"] = "";
  return {{"kind", is_partial ? "PartialObjectMetadataList" : rules.type.list_kind},
          {"apiVersion", is_partial ? "meta.k8s.io/v1" : rules.type.api_version()},
          {"metadata", std::move(list_metadata)},
          {"items", std::move(all)}};
}

} // namespace kubesim::http
