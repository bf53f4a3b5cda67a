#include "tests/kubesim/http/body.hpp"

#include <yaml-cpp/yaml.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <regex>

namespace kubesim::http {

namespace {

template <std::size_t Size>
bool is_one_of(const std::string& text, const std::array<std::string_view, Size>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::optional<bool> as_boolean(const std::string& text) {
  static constexpr std::array<std::string_view, 11> yes{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                        "True", "TRUE", "on",  "On",  "ON"};
  static constexpr std::array<std::string_view, 11> no{
      "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (is_one_of(text, yes))
    return true;
  if (is_one_of(text, no))
    return false;
  return std::nullopt;
}

bool is_null_word(const std::string& text) {
  static constexpr std::array<std::string_view, 5> words{"", "~", "null", "Null", "NULL"};
  return is_one_of(text, words);
}

std::optional<json> as_integer(std::string text) {
  std::erase(text, '_');
  bool is_negative = text.starts_with('-');
  auto digits = text.substr(is_negative || text.starts_with('+') ? 1 : 0);
  int base = 10;
  if (digits.starts_with("0x"))
    base = 16, digits = digits.substr(2);
  else if (digits.starts_with("0b"))
    base = 2, digits = digits.substr(2);
  else if (digits.size() > 1 && digits.starts_with('0'))
    base = 8, digits = digits.substr(digits.starts_with("0o") ? 2 : 1);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size() || value < 0)
    return std::nullopt;
  return is_negative ? -value : value;
}

std::optional<json> as_real(const std::string& text) {
  static const std::regex form{R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)"};
  constexpr std::size_t longest = 64;
  if (text.size() > longest || !std::regex_match(text, form))
    return std::nullopt;
  double value = 0;
  const char* start = text.data() + (text.front() == '+' ? 1 : 0);
  auto [end, error] = std::from_chars(start, text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// An unquoted word, by the rules of YAML 1.1.
json plain_value(const std::string& text) {
  if (is_null_word(text))
    return nullptr;
  if (auto value = as_boolean(text))
    return *value;
  if (auto value = as_integer(text))
    return *value;
  if (auto value = as_real(text))
    return *value;
  return text;
}

json scalar_value(const YAML::Node& node) {
  const auto& tag = node.Tag();
  // `!` marks what was quoted or written as a block.
  if (tag == "!" || tag == "tag:yaml.org,2002:str")
    return node.Scalar();
  return plain_value(node.Scalar());
}

struct too_deep {};

class converter {
public:
  parsed_body convert(const YAML::Node& root) {
    parsed_body body;
    body.value = value_of(root, {}, 0);
    body.duplicate_fields = std::move(duplicates_);
    return body;
  }

private:
  json value_of(const YAML::Node& node, const std::string& path, int depth) {
    constexpr int deepest = 100; // aliases can refer to their own ancestors
    if (depth > deepest)
      throw too_deep{};
    if (node.IsMap())
      return map_of(node, path, depth);
    if (node.IsSequence()) {
      json list = json::array();
      for (const auto& item : node)
        list.push_back(value_of(item, path, depth + 1));
      return list;
    }
    return node.IsScalar() ? scalar_value(node) : json{};
  }

  static std::string key_text(const YAML::Node& key) {
    auto value = scalar_value(key);
    return value.is_string() ? value.get<std::string>() : value.dump();
  }

  json map_of(const YAML::Node& node, const std::string& path, int depth) {
    json map = json::object(), merged = json::object();
    for (const auto& entry : node) {
      auto name = key_text(entry.first);
      if (name == "<<") {
        merged = value_of(entry.second, path, depth + 1);
        continue;
      }
      auto inner = path.empty() ? name : path + "." + name;
      if (map.contains(name))
        duplicates_.push_back(inner);
      map[name] = value_of(entry.second, inner, depth + 1);
    }
    if (merged.is_object() && !merged.empty())
      for (const auto& [name, value] : merged.items())
        if (!map.contains(name))
          map[name] = value;
    return map;
  }

  std::vector<std::string> duplicates_;
};

bool needs_quotes(const std::string& text) {
  static const std::regex safe{R"([A-Za-z_/][-A-Za-z0-9_./]*(:[-A-Za-z0-9_./]+)*)"};
  constexpr std::size_t longest = 200;
  return text.size() > longest || !std::regex_match(text, safe) || !plain_value(text).is_string();
}

void emit(YAML::Emitter& out, const json& value) {
  switch (value.type()) {
  case json::value_t::object:
    out << YAML::BeginMap;
    for (const auto& [name, member] : value.items()) {
      out << YAML::Key;
      emit(out, name);
      out << YAML::Value;
      emit(out, member);
    }
    out << YAML::EndMap;
    return;
  case json::value_t::array:
    out << (value.empty() ? YAML::Flow : YAML::Block) << YAML::BeginSeq;
    for (const auto& item : value)
      emit(out, item);
    out << YAML::EndSeq;
    return;
  case json::value_t::string: {
    const auto& text = value.get_ref<const std::string&>();
    if (needs_quotes(text))
      out << YAML::DoubleQuoted;
    out << text;
    return;
  }
  default:
    out << value.dump();
  }
}

} // namespace

std::variant<parsed_body, std::string> parse_yaml(const std::string& text) {
  try {
    return converter{}.convert(YAML::Load(text));
  } catch (const YAML::Exception& error) {
    return std::string{"yaml: "} + error.what();
  } catch (const too_deep&) {
    return "yaml: document contains excessive aliasing";
  }
}

std::string to_yaml(const json& value) {
  YAML::Emitter out;
  emit(out, value);
  return std::string{out.c_str()} + "\n";
}

} // namespace kubesim::http
