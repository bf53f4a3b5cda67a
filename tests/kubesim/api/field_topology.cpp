#include "tests/kubesim/api/field_topology.hpp"

#include "tests/kubesim/api/fields.hpp"

#include <algorithm>
#include <array>

namespace kubesim {

namespace {

using sort = field_topology::shape::sort;

/// Maps of the built-in kinds that belong together.
constexpr std::array<std::string_view, 8> atomic_maps{
    "selector",         "nodeSelector",    "labelSelector", "fieldRef",
    "resourceFieldRef", "configMapKeyRef", "secretKeyRef",  "scaleTargetRef"};

std::string below(const std::string& path, const std::string& name) {
  return path.empty() ? name : path + "." + name;
}

std::string last_part(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

/// The schema of a path without indices; null where it says nothing.
const json& schema_at(const json& root, const std::string& path) {
  const json* here = &root;
  for (std::size_t start = 0; start < path.size();) {
    auto end = std::min(path.find('.', start), path.size());
    auto name = path.substr(start, end - start);
    if (const json& items = field(*here, {"items"}); items.is_object())
      here = &items;
    const json& member = field(*here, {"properties", name});
    here = member.is_null() ? &field(*here, {"additionalProperties"}) : &member;
    start = end + 1;
  }
  return *here;
}

field_topology::shape shape_by_schema(const json& value, const json& schema) {
  if (value.is_object())
    return {text_at(schema, {"x-kubernetes-map-type"}) == "atomic" ? sort::atomic : sort::map, {}};
  auto type = text_at(schema, {"x-kubernetes-list-type"});
  if (type == "set")
    return {sort::set, {}};
  if (type != "map")
    return {sort::atomic, {}};
  std::vector<std::string> keys;
  for (const auto& key : items_at(schema, {"x-kubernetes-list-map-keys"}))
    keys.push_back(key.get<std::string>());
  return {sort::keyed_list, std::move(keys)};
}

field_topology::shape keyed(std::string key) {
  if (key.empty())
    return {sort::set, {}};
  if (key == "containerPort" || key == "port")
    return {sort::keyed_list, {std::move(key), "protocol"}};
  return {sort::keyed_list, {std::move(key)}};
}

const json* member(const json& object, const std::string& name) {
  auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

const json* item(const field_topology::shape& list, const json& items, const std::string& element) {
  for (const auto& one : items)
    if (field_topology::element(list, one) == element)
      return &one;
  return nullptr;
}

/// What the server writes itself belongs to nobody.
void strip(field_set& set) {
  for (const char* name : {"f:apiVersion", "f:kind"})
    set.children.erase(name);
  auto meta = set.children.find("f:metadata");
  if (meta == set.children.end())
    return;
  meta->second.is_member = false;
  for (const char* name :
       {"f:name", "f:namespace", "f:creationTimestamp", "f:uid", "f:generation", "f:managedFields",
        "f:resourceVersion", "f:deletionTimestamp", "f:deletionGracePeriodSeconds", "f:selfLink"})
    meta->second.children.erase(name);
  if (meta->second.empty())
    set.children.erase(meta);
}

} // namespace

field_topology::shape field_topology::of(const json& value, const std::string& path) const {
  if (!value.is_structured())
    return {sort::scalar, {}};
  if (path == "metadata.ownerReferences")
    return keyed("uid");
  if (path == "metadata.finalizers")
    return keyed("");
  bool is_metadata = path == "metadata" || path.starts_with("metadata.");
  if (rules_.type.is_custom && !is_metadata && !path.empty() && rules_.schema)
    return shape_by_schema(value, schema_at(*rules_.schema, path));
  if (value.is_object()) {
    auto name = last_part(path);
    bool is_atomic = std::find(atomic_maps.begin(), atomic_maps.end(), name) != atomic_maps.end();
    return {is_atomic ? sort::atomic : sort::map, {}};
  }
  for (const auto& [known, key] : rules_.merge_keys)
    if (known == path)
      return keyed(key);
  return {sort::atomic, {}};
}

std::string field_topology::element(const shape& list, const json& item) {
  if (list.is == sort::set)
    return "v:" + item.dump();
  json keys = json::object();
  for (const auto& key : list.keys)
    if (const json& value = field(item, {key}); !value.is_null())
      keys[key] = value;
    else if (key == "protocol")
      keys[key] = "TCP"; // the default of every port
  return "k:" + keys.dump();
}

void field_topology::collect(const json& value, const std::string& path, field_set& into) const {
  auto form = of(value, path);
  if (form.is == sort::scalar || form.is == sort::atomic || value.empty()) {
    into.is_member = true;
    return;
  }
  if (form.is == sort::map) {
    for (const auto& [name, inner] : value.items())
      collect(inner, below(path, name), into.children["f:" + name]);
    return;
  }
  for (const auto& one : value) {
    auto& child = into.children[element(form, one)];
    child.is_member = true;
    if (form.is == sort::keyed_list)
      collect(one, path, child);
  }
}

field_set field_topology::fields_of(const json& object) const {
  field_set all;
  for (const auto& [name, value] : object.items())
    collect(value, name, all.children["f:" + name]);
  strip(all);
  return all;
}

/// Structures that the server's own types always have are nobody's addition.
bool field_topology::exists_when_empty(const std::string& path) const {
  if (rules_.type.is_custom)
    return path == "metadata";
  static constexpr std::array<std::string_view, 6> always{"spec",
                                                          "status",
                                                          "metadata",
                                                          "spec.template",
                                                          "spec.template.spec",
                                                          "spec.template.metadata"};
  return std::find(always.begin(), always.end(), path) != always.end();
}

void field_topology::note_all(const json& value, const std::string& path, field_set& into) const {
  collect(value, path, into);
  bool is_list_in_empty = path.ends_with("spec.containers") && !rules_.type.is_custom;
  if (!exists_when_empty(path) && !is_list_in_empty)
    into.is_member = true;
  auto form = of(value, path);
  if (form.is == sort::map)
    for (const auto& [name, inner] : value.items())
      note_all(inner, below(path, name), into.children["f:" + name]);
}

void field_topology::compare_members(const json& before, const json& after, const std::string& path,
                                     difference& into) const {
  auto descend = [&](const std::string& name) {
    difference part;
    compare(member(before, name), member(after, name), below(path, name), part);
    for (auto [whole, piece] : {std::pair{&into.added, &part.added},
                                {&into.changed, &part.changed},
                                {&into.removed, &part.removed}})
      if (!piece->empty())
        whole->children["f:" + name] = std::move(*piece);
  };
  for (const auto& [name, value] : before.items())
    descend(name);
  for (const auto& [name, value] : after.items())
    if (!before.contains(name))
      descend(name);
}

void field_topology::compare_items(const shape& list, const json& before, const json& after,
                                   const std::string& path, difference& into) const {
  for (const auto& one : before)
    if (auto name = element(list, one); !item(list, after, name)) {
      collect(one, path, into.removed.children[name]);
      into.removed.children[name].is_member = true;
    }
  for (const auto& one : after) {
    auto name = element(list, one);
    const auto* old = item(list, before, name);
    if (!old) {
      auto& child = into.added.children[name];
      child.is_member = true;
      if (list.is == sort::keyed_list)
        collect(one, path, child);
    } else if (list.is == sort::keyed_list && *old != one) {
      difference part;
      compare_members(*old, one, path, part);
      for (auto [whole, piece] : {std::pair{&into.added, &part.added},
                                  {&into.changed, &part.changed},
                                  {&into.removed, &part.removed}})
        if (!piece->empty())
          whole->children[name] = std::move(*piece);
    }
  }
}

void field_topology::compare(const json* before, const json* after, const std::string& path,
                             difference& into) const {
  if (before && after && *before == *after)
    return;
  if (!before)
    return note_all(*after, path, into.added);
  if (!after) {
    collect(*before, path, into.removed);
    into.removed.is_member = true;
    return;
  }
  auto form = of(*after, path);
  bool is_granular
      = form.is != sort::scalar && form.is != sort::atomic && before->type() == after->type();
  if (!is_granular)
    into.changed.is_member = true;
  else if (form.is == sort::map)
    compare_members(*before, *after, path, into);
  else
    compare_items(form, *before, *after, path, into);
}

field_set field_topology::difference::written() const {
  auto all = added;
  return all.unite(changed);
}

field_topology::difference field_topology::compare(const json& before, const json& after) const {
  difference found;
  compare_members(before, after, {}, found);
  for (auto* set : {&found.added, &found.changed, &found.removed})
    strip(*set);
  return found;
}

json field_topology::merged_at(const json& before, const json& after,
                               const std::string& path) const {
  auto form = of(after, path);
  if (before.type() != after.type() || form.is == sort::scalar || form.is == sort::atomic)
    return after;
  json result = before;
  if (form.is == sort::map) {
    for (const auto& [name, value] : after.items()) {
      const auto* old = member(before, name);
      result[name] = old ? merged_at(*old, value, below(path, name)) : value;
    }
    return result;
  }
  for (const auto& one : after) {
    auto name = element(form, one);
    auto old = std::find_if(result.begin(), result.end(),
                            [&](const json& there) { return element(form, there) == name; });
    if (old == result.end())
      result.push_back(one);
    else if (form.is == sort::keyed_list)
      for (const auto& [part, value] : one.items())
        (*old)[part]
            = old->contains(part) ? merged_at(old->at(part), value, below(path, part)) : value;
  }
  return result;
}

json field_topology::merged(const json& before, const json& after) const {
  return merged_at(before, after, {});
}

json field_topology::without_at(const json& value, const field_set& gone,
                                const std::string& path) const {
  auto form = of(value, path);
  if (form.is == sort::scalar || form.is == sort::atomic)
    return value;
  if (form.is == sort::map) {
    json kept = json::object();
    for (const auto& [name, inner] : value.items()) {
      auto marked = gone.children.find("f:" + name);
      if (marked == gone.children.end())
        kept[name] = inner;
      else if (!marked->second.is_member)
        kept[name] = without_at(inner, marked->second, below(path, name));
    }
    return kept;
  }
  json kept = json::array();
  for (const auto& one : value) {
    auto marked = gone.children.find(element(form, one));
    if (marked == gone.children.end())
      kept.push_back(one);
    else if (!marked->second.is_member) {
      json item = one;
      for (const auto& [name, inner] : one.items()) {
        auto part = marked->second.children.find("f:" + name);
        if (part == marked->second.children.end())
          continue;
        if (part->second.is_member)
          item.erase(name);
        else
          item[name] = without_at(inner, part->second, below(path, name));
      }
      kept.push_back(std::move(item));
    }
  }
  return kept;
}

json field_topology::without(const json& object, const field_set& gone) const {
  return without_at(object, gone, {});
}

} // namespace kubesim
