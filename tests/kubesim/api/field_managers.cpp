#include "tests/kubesim/api/field_managers.hpp"

#include "tests/kubesim/api/field_topology.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>

namespace kubesim {

namespace {

constexpr const char* by_apply = "Apply";
constexpr const char* by_update = "Update";

struct entry {
  std::string manager, operation, api_version, subresource, time;
  field_set fields;
};

using entries = std::vector<entry>;

entries read(const json* object) {
  entries all;
  if (object)
    for (const auto& one : items_at(*object, {"metadata", "managedFields"}))
      all.push_back({text_at(one, {"manager"}), text_at(one, {"operation"}),
                     text_at(one, {"apiVersion"}), text_at(one, {"subresource"}),
                     text_at(one, {"time"}), field_set::from_json(field(one, {"fieldsV1"}))});
  return all;
}

json write(entries all) {
  std::erase_if(all, [](const entry& one) { return one.fields.empty(); });
  std::sort(all.begin(), all.end(), [](const entry& a, const entry& b) {
    return std::tie(a.operation, a.time, a.manager, a.subresource)
           < std::tie(b.operation, b.time, b.manager, b.subresource);
  });
  json list = json::array();
  for (const auto& one : all) {
    list.push_back({{"manager", one.manager},
                    {"operation", one.operation},
                    {"apiVersion", one.api_version},
                    {"time", one.time},
                    {"fieldsType", "FieldsV1"},
                    {"fieldsV1", one.fields.to_json()}});
    if (!one.subresource.empty())
      list.back()["subresource"] = one.subresource;
  }
  return list;
}

/// The writer's entry, made if it is not there.
entry& entry_of(entries& all, const kind_rules& rules, const field_writer& writer,
                const char* operation) {
  auto version = rules.type.api_version();
  auto found = std::find_if(all.begin(), all.end(), [&](const entry& one) {
    return one.manager == writer.manager && one.operation == operation && one.api_version == version
           && one.subresource == writer.subresource;
  });
  if (found != all.end())
    return *found;
  return all.emplace_back(
      entry{writer.manager, operation, version, writer.subresource, writer.now, {}});
}

/// Takes fields from everybody; who keeps the rest keeps its time.
void take_from_all(entries& all, const field_set& fields, const entry* but = nullptr) {
  for (auto& one : all)
    if (&one != but)
      one.fields.subtract(fields);
}

struct conflict {
  std::string who, path;
};

std::string shown(const entry& one) {
  auto who = "\"" + one.manager + "\"";
  if (!one.subresource.empty())
    who += " with subresource \"" + one.subresource + "\"";
  return one.operation == by_update ? who + " using " + one.api_version : who;
}

std::vector<conflict> conflicts(const entries& all, const entry& writer,
                                const field_set& changing) {
  std::vector<conflict> found;
  for (const auto& one : all)
    if (&one != &writer)
      for (auto& path : one.fields.intersected(changing).paths())
        found.push_back({shown(one), std::move(path)});
  return found;
}

/// One conflict in one line; several by manager, a line for each field.
refusal refuse(const std::vector<conflict>& found) {
  json causes = json::array();
  std::string text;
  std::string last;
  for (const auto& one : found) {
    causes.push_back({{"reason", "FieldManagerConflict"},
                      {"message", "conflict with " + one.who},
                      {"field", one.path}});
    if (one.who != last)
      text += (text.empty() ? "conflicts with " : "\nconflicts with ") + one.who + ":";
    text += "\n- " + one.path;
    last = one.who;
  }
  auto count = std::to_string(found.size());
  auto message = found.size() == 1 ? "Apply failed with 1 conflict: conflict with " + found[0].who
                                         + ": " + found[0].path
                                   : "Apply failed with " + count + " conflicts: " + text;
  return status_error::of(409, "Conflict", std::move(message), {{"causes", std::move(causes)}});
}

} // namespace

json managed_after_update(const kind_rules& rules, const json* before, const json& after,
                          const field_writer& writer) {
  static const json nothing = json::object();
  auto all = read(before);
  auto changes = field_topology{rules}.compare(before ? *before : nothing, after);
  take_from_all(all, changes.removed);
  auto written = changes.written();
  if (written.empty())
    return write(std::move(all));
  auto& own = entry_of(all, rules, writer, by_update);
  take_from_all(all, written, &own);
  own.fields.unite(written);
  own.time = writer.now;
  return write(std::move(all));
}

answer<applied> server_side_apply(const kind_rules& rules, const json* before,
                                  const json& configuration, const field_writer& writer,
                                  on_conflict policy) {
  const field_topology topology{rules};
  static const json nothing = json::object();
  const json& live = before ? *before : nothing;
  auto all = read(before);
  all.reserve(all.size() + 1);
  auto& own = entry_of(all, rules, writer, by_apply);
  auto wanted = topology.fields_of(configuration);
  auto merged = topology.merged(live, configuration);
  auto changing = topology.compare(live, merged).written().intersected(wanted);
  auto found = conflicts(all, own, changing);
  if (!found.empty() && policy == on_conflict::refuse)
    return refuse(found);
  take_from_all(all, changing, &own);
  auto given_up = own.fields;
  given_up.subtract(wanted);
  for (const auto& one : all)
    if (&one != &own)
      given_up.subtract(one.fields);
  auto result = topology.without(merged, given_up);
  take_from_all(all, given_up, &own);
  if (own.fields != wanted)
    own.time = writer.now;
  own.fields = std::move(wanted);
  if (auto meta = result.find("metadata"); meta != result.end())
    meta->erase("managedFields");
  return applied{std::move(result), write(std::move(all))};
}

bool are_same_managers(const json& one, const json& other) {
  auto timeless = [](json list) {
    for (auto& each : list)
      each.erase("time");
    return list;
  };
  return timeless(one) == timeless(other);
}

} // namespace kubesim
