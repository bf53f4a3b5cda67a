#include "tests/kubesim/api/field_set.hpp"

namespace kubesim {

namespace {

/// `f:size` -> `.size`, `k:{"name":"main"}` -> `[name="main"]`, `v:"a"` -> `[="a"]`.
std::string path_part(const std::string& element) {
  auto text = element.substr(2);
  if (element.starts_with("f:"))
    return "." + text;
  if (element.starts_with("v:"))
    return "[=" + text + "]";
  std::string keys;
  auto item = json::parse(text, nullptr, false);
  if (item.is_object())
    for (const auto& [name, value] : item.items())
      keys += (keys.empty() ? "" : ",") + name + "=" + value.dump();
  return "[" + keys + "]";
}

void collect(const field_set& set, const std::string& path, std::vector<std::string>& into) {
  if (set.is_member)
    into.push_back(path);
  for (const auto& [element, child] : set.children)
    collect(child, path + path_part(element), into);
}

} // namespace

field_set& field_set::unite(const field_set& other) {
  is_member = is_member || other.is_member;
  for (const auto& [element, child] : other.children)
    children[element].unite(child);
  return *this;
}

field_set& field_set::subtract(const field_set& other) {
  is_member = is_member && !other.is_member;
  for (const auto& [element, child] : other.children) {
    auto own = children.find(element);
    if (own != children.end() && own->second.subtract(child).empty())
      children.erase(own);
  }
  return *this;
}

field_set field_set::intersected(const field_set& other) const {
  field_set common;
  common.is_member = is_member && other.is_member;
  for (const auto& [element, child] : other.children)
    if (auto own = children.find(element); own != children.end())
      if (auto part = own->second.intersected(child); !part.empty())
        common.children.emplace(element, std::move(part));
  return common;
}

std::vector<std::string> field_set::paths() const {
  std::vector<std::string> found;
  collect(*this, {}, found);
  return found;
}

json field_set::to_json() const {
  json fields = json::object();
  if (is_member && !children.empty())
    fields["."] = json::object();
  for (const auto& [element, child] : children)
    fields[element] = child.to_json();
  return fields;
}

field_set field_set::from_json(const json& fields) {
  field_set set;
  if (!fields.is_object())
    return set;
  set.is_member = fields.empty() || fields.contains(".");
  for (const auto& [element, child] : fields.items())
    if (element.size() > 2)
      set.children.emplace(element, from_json(child));
  return set;
}

} // namespace kubesim
