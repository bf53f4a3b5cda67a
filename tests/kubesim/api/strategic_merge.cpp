#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/patch.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>
#include <optional>

namespace kubesim {

namespace {

constexpr std::string_view directive = "$patch";
constexpr std::string_view retain_keys = "$retainKeys";
constexpr std::string_view delete_from = "$deleteFromPrimitiveList/";
constexpr std::string_view element_order = "$setElementOrder/";

/// Thrown out of the recursion for a patch that the server refuses; never leaves this file.
struct refused {
  refusal why;
};

/// What two items of a merging list are compared by: the merge key's value, or the plain item.
const json& identity(const json& item, const std::string& key) {
  return key.empty() ? item : field(item, {key});
}

json::const_iterator find_item(const json& list, const json& who, const std::string& key) {
  return std::find_if(list.begin(), list.end(),
                      [&](const json& item) { return identity(item, key) == who; });
}

/// Go prints what lacks its key; the text is read by people only.
void require_key(const json& item, const std::string& key) {
  if (key.empty())
    return;
  if (!item.is_object() || field(item, {key}).is_null())
    throw refused{status_error::of(
        500, "", "map: " + item.dump() + " does not contain declared merge key: " + key)};
}

class merger {
public:
  explicit merger(const merge_keys& keys) : keys_{keys} {}

  json merge_object(const json& before, const json& patch, const std::string& path) const;

private:
  const std::string* key_of(const std::string& path) const;
  json merge_list(const json& before, const json& patch, const std::string& key,
                  const std::string& path, const json* order) const;
  void merge_item(json& merged, const json& item, const std::string& key,
                  const std::string& path) const;
  void merge_member(json& merged, const std::string& name, const json& value,
                    const std::string& path, const json* order) const;

  const merge_keys& keys_;
};

const std::string* merger::key_of(const std::string& path) const {
  auto found = std::find_if(keys_.begin(), keys_.end(),
                            [&](const auto& entry) { return entry.first == path; });
  return found == keys_.end() ? nullptr : &found->second;
}

std::string below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

/// Does a comes before b in the list as it was? Nothing if one of them was not in it.
bool was_before(const json& old, const json& a, const json& b, const std::string& key) {
  auto first = find_item(old, identity(a, key), key);
  auto second = find_item(old, identity(b, key), key);
  return first != old.end() && second != old.end() && first < second;
}

/// The order of the result: items of the patch in the patch's order, the others where they were
/// relative to those; new items of the patch come first.
json ordered(const json& merged, const json& wanted, const json& old, const std::string& key) {
  json from_patch = json::array(), others = json::array();
  for (const auto& item : wanted) {
    auto found = find_item(merged, identity(item, key), key);
    if (found != merged.end()
        && find_item(from_patch, identity(item, key), key) == from_patch.end())
      from_patch.push_back(*found);
  }
  for (const auto& item : merged)
    if (find_item(wanted, identity(item, key), key) == wanted.end())
      others.push_back(item);
  json all = json::array();
  auto left = others.begin();
  auto right = from_patch.begin();
  while (left != others.end() && right != from_patch.end())
    all.push_back(was_before(old, *left, *right, key) ? *left++ : *right++);
  all.insert(all.end(), left, others.end());
  all.insert(all.end(), right, from_patch.end());
  return all;
}

void merger::merge_item(json& merged, const json& item, const std::string& key,
                        const std::string& path) const {
  auto found = find_item(merged, identity(item, key), key);
  auto what = text_at(item, {directive});
  if (what == "delete") {
    if (found != merged.end())
      merged.erase(found);
    return;
  }
  if (found == merged.end()) {
    merged.push_back(key.empty() ? item : merge_object(json::object(), item, path));
    return;
  }
  if (key.empty())
    return;
  auto& place = merged[static_cast<std::size_t>(found - merged.begin())];
  place = merge_object(place, item, path);
}

json merger::merge_list(const json& before, const json& patch, const std::string& key,
                        const std::string& path, const json* order) const {
  json old = before.is_array() ? before : json::array();
  json items = json::array();
  bool replace = false;
  for (const auto& item : patch) {
    // `{"$patch": "replace"}` alone among the items: the rest of the patch is the new list.
    if (item.is_object() && text_at(item, {directive}) == "replace" && item.size() == 1)
      replace = true;
    else
      items.push_back(item);
  }
  if (replace)
    return items;
  json merged = old;
  for (const auto& item : items) {
    require_key(item, key);
    merge_item(merged, item, key, path);
  }
  return ordered(merged, order ? *order : items, old, key);
}

void merger::merge_member(json& merged, const std::string& name, const json& value,
                          const std::string& path, const json* order) const {
  if (value.is_null()) {
    merged.erase(name);
    return;
  }
  auto inner = below(path, name);
  const json& before = field(merged, {name});
  if (value.is_object()) {
    merged[name] = merge_object(before.is_object() ? before : json::object(), value, inner);
    return;
  }
  const auto* key = value.is_array() ? key_of(inner) : nullptr;
  merged[name] = key ? merge_list(before, value, *key, inner, order) : value;
}

bool starts_with(const std::string& text, std::string_view prefix) {
  return text.compare(0, prefix.size(), prefix) == 0;
}

void drop_values(json& merged, const std::string& name, const json& values) {
  auto list = merged.find(name);
  if (list == merged.end() || !list->is_array() || !values.is_array())
    return;
  json kept = json::array();
  for (const auto& item : *list)
    if (std::find(values.begin(), values.end(), item) == values.end())
      kept.push_back(item);
  *list = std::move(kept);
}

void keep_only(json& merged, const json& names) {
  if (!names.is_array())
    return;
  for (auto member = merged.begin(); member != merged.end();)
    member = std::find(names.begin(), names.end(), member.key()) == names.end()
                 ? merged.erase(member)
                 : std::next(member);
}

json merger::merge_object(const json& before, const json& patch, const std::string& path) const {
  auto what = text_at(patch, {directive});
  if (what == "delete")
    return json::object();
  json merged = what == "replace" ? json::object() : before;
  if (auto names = patch.find(retain_keys); names != patch.end())
    keep_only(merged, *names);
  for (const auto& [name, value] : patch.items()) {
    if (starts_with(name, delete_from))
      drop_values(merged, name.substr(delete_from.size()), value);
    else if (starts_with(name, element_order)) {
      auto list = name.substr(element_order.size());
      const auto* key = key_of(below(path, list));
      if (key && !patch.contains(list) && merged.contains(list))
        merged[list] = ordered(merged[list], value, merged[list], *key);
    } else if (!starts_with(name, "$")) {
      auto order = patch.find(std::string{element_order} + name);
      merge_member(merged, name, value, path, order == patch.end() ? nullptr : &*order);
    }
  }
  return merged;
}

} // namespace

answer<json> apply_strategic_merge(json target, const json& patch, const merge_keys& keys) {
  if (!patch.is_object())
    return status_error::bad_request("error decoding patch: json: cannot unmarshal "
                                     + std::string{patch.type_name()}
                                     + " into Go value of type map[string]interface {}");
  auto all = keys;
  all.emplace_back("metadata.finalizers", "");
  all.emplace_back("metadata.ownerReferences", "uid");
  try {
    return merger{all}.merge_object(target, patch, {});
  } catch (const refused& stop) {
    return stop.why;
  }
}

} // namespace kubesim
