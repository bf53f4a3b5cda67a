#include "tests/kubesim/api/kinds/managed_fields.hpp"

#include "tests/kubesim/api/kinds/fields.hpp"

#include <array>
#include <optional>

namespace kubesim::managed_fields {

namespace {

using kinds::find_at;
using kinds::list_at;
using kinds::object_at;
using kinds::text_at;

/// What tells the items of a list apart: by members, by their value (no members), or nothing: the
/// list is one field.
using list_keys = std::optional<std::vector<std::string>>;

/// Sets of fields are trees in the notation of FieldsV1: `f:` a member, `k:` an item by its keys,
/// `v:` an item by its value, `.` the thing itself; a leaf is `{}`.
class field_sets {
public:
  explicit field_sets(const kind_rules& rules) : rules_{rules} {}

  /// Of the object without what nobody owns.
  json all_of(const json& object) const { return tree_of(owned_part(object), {}, schema()); }

  /// What is new or other than before.
  json changed(const json& object, const json& before) const {
    return difference(owned_part(object), owned_part(before), {}, schema());
  }

private:
  const json* schema() const { return rules_.type.is_custom ? rules_.schema.get() : nullptr; }

  static json owned_part(const json& object) {
    json part = object;
    part.erase("apiVersion");
    part.erase("kind");
    json meta = json::object();
    for (const auto* name : {"labels", "annotations", "finalizers", "ownerReferences"})
      if (const auto* found = find_at(object, std::string{"metadata."} + name))
        meta[name] = *found;
    part["metadata"] = std::move(meta);
    if (part["metadata"].empty())
      part.erase("metadata");
    return part;
  }

  list_keys keys_at(const std::string& path, const json* schema) const {
    if (path == "metadata.finalizers")
      return std::vector<std::string>{};
    if (path == "metadata.ownerReferences")
      return std::vector<std::string>{"uid"};
    if (rules_.type.is_custom)
      return custom_keys(schema);
    for (const auto& [list, key] : rules_.merge_keys)
      if (list == path)
        return key.empty() ? std::vector<std::string>{} : std::vector{key};
    return std::nullopt;
  }

  static list_keys custom_keys(const json* schema) {
    const auto type = schema ? text_at(*schema, "x-kubernetes-list-type") : std::string{};
    if (type == "set")
      return std::vector<std::string>{};
    if (type != "map")
      return std::nullopt;
    return list_at(*schema, "x-kubernetes-list-map-keys").get<std::vector<std::string>>();
  }

  static const json* below(const json* schema, const std::string& name) {
    if (!schema)
      return nullptr;
    if (const auto* known = find_at(object_at(*schema, "properties"), name))
      return known;
    const auto* more = find_at(*schema, "additionalProperties");
    return more && more->is_object() ? more : nullptr;
  }

  /// Structures of built-in kinds are not owned themselves, maps and the objects of custom kinds
  /// are.
  bool is_owned_itself(const std::string& path) const {
    if (path.empty() || path == "metadata")
      return false;
    if (rules_.type.is_custom)
      return true;
    constexpr std::array maps{"labels",     "annotations",  "data",      "matchLabels",
                              "stringData", "binaryData",   "requests",  "limits",
                              "capacity",   "nodeSelector", "parameters"};
    const auto name = path.substr(path.rfind('.') + 1);
    return std::ranges::find(maps, name) != maps.end();
  }

  static std::string item_name(const json& item, const std::vector<std::string>& keys) {
    if (keys.empty())
      return "v:" + item.dump();
    json shown = json::object();
    for (const auto& key : keys)
      if (const auto* value = find_at(item, key))
        shown[key] = *value;
    return "k:" + shown.dump();
  }

  json tree_of(const json& value, const std::string& path, const json* schema) const {
    if (value.is_object())
      return tree_of_object(value, path, schema);
    const auto keys = value.is_array() ? keys_at(path, schema) : std::nullopt;
    json tree = json::object();
    if (!keys)
      return tree;
    for (const auto& item : value) {
      auto& one = tree[item_name(item, *keys)] = tree_of(item, path, items_of(schema));
      if (item.is_object())
        one["."] = json::object();
    }
    return tree;
  }

  json tree_of_object(const json& value, const std::string& path, const json* schema) const {
    json tree = json::object();
    if (is_owned_itself(path))
      tree["."] = json::object();
    for (const auto& [name, member] : value.items())
      tree["f:" + name] = tree_of(member, extended(path, name), below(schema, name));
    return tree;
  }

  static const json* items_of(const json* schema) {
    return schema ? find_at(*schema, "items") : nullptr;
  }

  static std::string extended(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  json difference(const json& now, const json& then, const std::string& path,
                  const json* schema) const {
    json tree = json::object();
    for (const auto& [name, member] : now.items()) {
      const auto place = extended(path, name);
      const auto* old = find_at(then, name);
      const auto* part = below(schema, name);
      if (old && *old == member)
        continue;
      if (!old)
        tree["f:" + name] = tree_of(member, place, part);
      else if (member.is_object() && old->is_object())
        add_unless_empty(tree, "f:" + name, difference(member, *old, place, part));
      else if (const auto keys = member.is_array() ? keys_at(place, part) : std::nullopt; keys)
        add_unless_empty(tree, "f:" + name, item_difference(member, *old, *keys, place, part));
      else
        tree["f:" + name] = json::object();
    }
    return tree;
  }

  json item_difference(const json& now, const json& then, const std::vector<std::string>& keys,
                       const std::string& path, const json* schema) const {
    json tree = json::object();
    for (const auto& item : now) {
      const auto name = item_name(item, keys);
      const auto old = std::ranges::find_if(
          then, [&](const json& each) { return item_name(each, keys) == name; });
      if (old == then.end()) {
        auto& one = tree[name] = tree_of(item, path, items_of(schema));
        if (item.is_object())
          one["."] = json::object();
      } else if (item.is_object()) {
        add_unless_empty(tree, name, difference(item, *old, path, items_of(schema)));
      }
    }
    return tree;
  }

  static void add_unless_empty(json& tree, const std::string& name, json part) {
    if (!part.empty())
      tree[name] = std::move(part);
  }

  const kind_rules& rules_;
};

void unite(json& tree, const json& more) {
  for (const auto& [name, part] : more.items())
    unite(tree[name].is_null() ? tree[name] = json::object() : tree[name], part);
}

enum class leaves { kept, dropped };

/// Goes through a tree beside another one: what both have is kept or dropped, what only the first
/// has the other way round.
json compare(const json& tree, const json& other, leaves in_both) {
  json result = json::object();
  for (const auto& [name, part] : tree.items()) {
    const auto found = other.find(name);
    if (found == other.end()) {
      if (in_both == leaves::dropped)
        result[name] = part;
    } else if (part.empty()) {
      if (in_both == leaves::kept)
        result[name] = part;
    } else if (auto rest = compare(part, *found, in_both); !rest.empty()) {
      result[name] = std::move(rest);
    }
  }
  return result;
}

bool is_own(const json& entry, const writer& who, const std::string& version) {
  return text_at(entry, "manager") == who.manager && text_at(entry, "operation") == "Update"
         && text_at(entry, "subresource") == who.subresource
         && text_at(entry, "apiVersion") == version;
}

json new_entry(const writer& who, const std::string& version) {
  json entry{{"manager", who.manager},
             {"operation", "Update"},
             {"apiVersion", version},
             {"fieldsType", "FieldsV1"},
             {"fieldsV1", json::object()}};
  if (!who.subresource.empty())
    entry["subresource"] = who.subresource;
  return entry;
}

} // namespace

json after_write(const kind_rules& rules, const json& object, const json* before,
                 const writer& who) {
  json entries = before ? list_at(*before, "metadata.managedFields") : json::array();
  if (who.manager.empty())
    return entries;
  const field_sets sets{rules};
  const auto all = sets.all_of(object);
  const auto changed = before ? sets.changed(object, *before) : all;
  const auto version = rules.type.api_version();
  if (!changed.empty() && std::ranges::none_of(entries, [&](const json& each) {
        return is_own(each, who, version);
      }))
    entries.push_back(new_entry(who, version));
  json result = json::array();
  for (auto& entry : entries) {
    const bool gains = is_own(entry, who, version) && !changed.empty();
    auto& fields = entry["fieldsV1"];
    if (gains) {
      unite(fields, changed);
      entry["time"] = who.time;
    } else {
      fields = compare(fields, changed, leaves::dropped);
    }
    fields = compare(fields, all, leaves::kept);
    if (!fields.empty())
      result.push_back(std::move(entry));
  }
  return result;
}

} // namespace kubesim::managed_fields
