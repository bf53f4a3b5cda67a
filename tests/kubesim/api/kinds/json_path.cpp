#include "tests/kubesim/api/kinds/json_path.hpp"

#include <charconv>
#include <optional>
#include <string>

namespace kubesim::kinds {

namespace {

std::optional<json> literal(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '\'' && text.back() == '\'')
    return json(text.substr(1, text.size() - 2));
  auto parsed = json::parse(text, nullptr, false);
  return parsed.is_discarded() ? std::nullopt : std::optional{std::move(parsed)};
}

/// `?(@.type=="Ready")`, `?(@.ready!=true)`, `?(@.name)`.
bool passes(const json& item, std::string_view filter) {
  filter.remove_prefix(2); // ?(
  filter.remove_suffix(1);
  for (const std::string_view comparison : {"==", "!="}) {
    const auto at = filter.find(comparison);
    if (at == std::string_view::npos)
      continue;
    auto left = filter.substr(0, at);
    while (!left.empty() && left.back() == ' ')
      left.remove_suffix(1);
    const auto found = find_json_path(item, left.substr(left.find('@') + 1));
    const auto wanted = literal(filter.substr(at + comparison.size()));
    const bool is_equal = wanted && !found.empty() && found.front() == *wanted;
    return comparison == "==" ? is_equal : !is_equal;
  }
  const auto at = filter.find('@');
  return at != std::string_view::npos && !find_json_path(item, filter.substr(at + 1)).empty();
}

void add_member(const json& value, const std::string& name, std::vector<json>& found) {
  if (name == "*")
    found.insert(found.end(), value.begin(), value.end());
  else if (value.is_object() && value.contains(name))
    found.push_back(value[name]);
}

void add_subscript(const json& value, std::string_view inside, std::vector<json>& found) {
  if (inside == "*")
    return add_member(value, "*", found);
  if (inside.size() >= 2 && (inside.front() == '\'' || inside.front() == '"'))
    return add_member(value, std::string{inside.substr(1, inside.size() - 2)}, found);
  if (!value.is_array())
    return;
  if (inside.starts_with("?(") && inside.ends_with(')')) {
    for (const auto& item : value)
      if (passes(item, inside))
        found.push_back(item);
    return;
  }
  std::ptrdiff_t index = 0;
  const auto [end, error] = std::from_chars(inside.data(), inside.data() + inside.size(), index);
  if (error != std::errc{} || end != inside.data() + inside.size())
    return;
  if (index < 0)
    index += std::ssize(value);
  if (index >= 0 && index < std::ssize(value))
    found.push_back(value[static_cast<std::size_t>(index)]);
}

/// Takes `name` up to the next unescaped dot or bracket off the path.
std::string take_name(std::string_view& path) {
  std::string name;
  while (!path.empty() && path.front() != '.' && path.front() != '[') {
    if (path.front() == '\\' && path.size() > 1)
      path.remove_prefix(1);
    name += path.front();
    path.remove_prefix(1);
  }
  return name;
}

/// Takes what stands between brackets off the path; a bracket within quotes does not end it.
std::string_view take_subscript(std::string_view& path) {
  char quote = 0;
  for (std::size_t i = 1; i < path.size(); ++i) {
    if (quote == 0 && (path[i] == '"' || path[i] == '\''))
      quote = path[i];
    else if (path[i] == quote)
      quote = 0;
    else if (path[i] == ']' && quote == 0) {
      const auto inside = path.substr(1, i - 1);
      path.remove_prefix(i + 1);
      return inside;
    }
  }
  path = {};
  return {};
}

} // namespace

std::vector<json> find_json_path(const json& object, std::string_view path) {
  if (path.starts_with('{') && path.ends_with('}'))
    path = path.substr(1, path.size() - 2);
  if (path.starts_with('$'))
    path.remove_prefix(1);
  std::vector<json> current{object};
  while (!path.empty() && !current.empty()) {
    std::vector<json> next;
    if (path.front() == '[') {
      const auto inside = take_subscript(path);
      for (const auto& value : current)
        add_subscript(value, inside, next);
    } else {
      if (path.front() == '.')
        path.remove_prefix(1);
      if (path.starts_with('['))
        continue;
      const auto name = take_name(path);
      for (const auto& value : current)
        add_member(value, name, next);
    }
    current = std::move(next);
  }
  return current;
}

} // namespace kubesim::kinds
