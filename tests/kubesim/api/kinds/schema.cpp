#include "tests/kubesim/api/kinds/schema.hpp"

#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace kubesim::kinds {

namespace {

constexpr std::array<std::pair<std::string_view, value_type>, 10> scalar_names{{
    {"string", value_type::string},
    {"bool", value_type::boolean},
    {"int32", value_type::int32},
    {"int64", value_type::int64},
    {"Quantity", value_type::quantity},
    {"Time", value_type::time},
    {"MicroTime", value_type::micro_time},
    {"IntOrString", value_type::int_or_string},
    {"bytes", value_type::bytes},
    {"any", value_type::any},
}};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, char suffix) {
  if (!text.ends_with(suffix))
    return false;
  text.remove_suffix(1);
  return true;
}

/// Everything of `name type` but the structure it points to, whose name is left in `type_name`.
field parse_field(std::string_view text, std::string& type_name) {
  const auto space = text.find(' ');
  if (space == std::string_view::npos)
    throw std::invalid_argument{"field without type: " + std::string{text}};
  field result;
  result.name = text.substr(0, space);
  auto type = trimmed(text.substr(space));
  result.retains_keys = take_suffix(type, '~');
  if (const auto slash = type.find('/'); slash != std::string_view::npos) {
    result.is_merged = true;
    result.merge_key = type.substr(slash + 1);
    type = type.substr(0, slash);
  }
  if (take_suffix(type, '*'))
    result.presence = presence::pointer;
  else if (take_suffix(type, '!'))
    result.presence = presence::always;
  if (take_prefix(type, "[]"))
    result.shape = shape::list;
  else if (take_prefix(type, "{}"))
    result.shape = shape::map;
  type_name = type;
  return result;
}

} // namespace

const field* struct_type::find(std::string_view wanted) const {
  for (const auto& each : fields)
    if (each.name == wanted)
      return &each;
  return nullptr;
}

schema::schema(const std::vector<std::string_view>& tables) {
  std::string line;
  for (const auto table : tables) {
    std::istringstream lines{std::string{table}};
    for (std::string next; std::getline(lines, next);) {
      if (next.starts_with(' ')) {
        line += next;
        continue;
      }
      add_line(line);
      line = next;
    }
    add_line(line);
    line.clear();
  }
  for (const auto& [name, type] : types_)
    if (type.fields.empty() && name != "Empty")
      throw std::invalid_argument{"structure without fields: " + name};
}

void schema::add_line(const std::string& line) {
  const auto colon = line.find(':');
  if (colon == std::string::npos)
    return;
  const bool is_kind = line.starts_with('@');
  auto& type = type_named(line.substr(is_kind ? 1 : 0, colon - (is_kind ? 1 : 0)));
  std::string fields = line.substr(colon + 1);
  if (is_kind)
    fields = "apiVersion string, kind string, metadata ObjectMeta!," + fields;
  std::istringstream parts{fields};
  for (std::string part; std::getline(parts, part, ',');) {
    if (trimmed(part).empty())
      continue;
    std::string type_name;
    auto next = parse_field(trimmed(part), type_name);
    const auto scalar = std::find_if(scalar_names.begin(), scalar_names.end(),
                                     [&](const auto& each) { return each.first == type_name; });
    if (scalar != scalar_names.end()) {
      next.type = scalar->second;
    } else {
      next.type = value_type::object;
      next.object = &type_named(type_name);
    }
    type.fields.push_back(std::move(next));
  }
}

struct_type& schema::type_named(const std::string& name) {
  auto& type = types_[name];
  type.name = name;
  return type;
}

const struct_type& schema::at(std::string_view name) const {
  const auto found = types_.find(name);
  if (found == types_.end())
    throw std::out_of_range{"no such structure: " + std::string{name}};
  return found->second;
}

namespace {

void find_unknown(const struct_type& type, const json& object, const std::string& path,
                  std::vector<std::string>& found);

void find_unknown_below(const field& known, const json& value, const std::string& path,
                        std::vector<std::string>& found) {
  if (known.type != value_type::object)
    return;
  if (known.shape == shape::single)
    return find_unknown(*known.object, value, path, found);
  if (known.shape == shape::list && value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i)
      find_unknown(*known.object, value[i], path + "[" + std::to_string(i) + "]", found);
  if (known.shape == shape::map && value.is_object())
    for (const auto& [key, item] : value.items())
      find_unknown(*known.object, item, path + "." + key, found);
}

void find_unknown(const struct_type& type, const json& object, const std::string& path,
                  std::vector<std::string>& found) {
  if (!object.is_object())
    return;
  for (const auto& [key, value] : object.items()) {
    const auto below = path.empty() ? key : path + "." + key;
    if (const auto* known = type.find(key))
      find_unknown_below(*known, value, below, found);
    else
      found.push_back(below);
  }
}

void add_merge_keys(const struct_type& type, const std::string& path, int depth,
                    std::vector<std::pair<std::string, std::string>>& found) {
  constexpr int deepest = 12; // structures like JSONSchemaProps contain themselves
  if (depth > deepest)
    return;
  for (const auto& each : type.fields) {
    const auto below = path.empty() ? each.name : path + "." + each.name;
    if (each.is_merged)
      found.emplace_back(below, each.merge_key);
    if (each.type == value_type::object && each.shape != shape::map && each.object != &type)
      add_merge_keys(*each.object, below, depth + 1, found);
  }
}

} // namespace

std::vector<std::string> unknown_fields(const struct_type& type, const json& object) {
  std::vector<std::string> found;
  find_unknown(type, object, {}, found);
  return found;
}

std::vector<std::pair<std::string, std::string>> merge_keys(const struct_type& type) {
  std::vector<std::pair<std::string, std::string>> found;
  add_merge_keys(type, {}, 0, found);
  return found;
}

} // namespace kubesim::kinds
