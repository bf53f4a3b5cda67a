#include "tests/crds/manifests.hpp"

#include <yaml-cpp/yaml.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace manifests {
namespace {

json scalar_to_json(const YAML::Node& node) {
  const bool quoted = node.Tag() == "!";
  if (quoted)
    return node.Scalar();
  if (bool flag = false; YAML::convert<bool>::decode(node, flag))
    return flag;
  if (std::int64_t number = 0; YAML::convert<std::int64_t>::decode(node, number))
    return number;
  return node.Scalar();
}

json to_json(const YAML::Node& node) {
  if (node.IsNull())
    return nullptr;
  if (node.IsScalar())
    return scalar_to_json(node);
  if (node.IsSequence()) {
    auto list = json::array();
    for (const auto& item : node)
      list.push_back(to_json(item));
    return list;
  }
  auto object = json::object();
  for (const auto& member : node) {
    const auto& name = member.first.Scalar();
    if (object.contains(name))
      throw std::runtime_error("the key " + name + " stands twice");
    object[name] = to_json(member.second);
  }
  return object;
}

bool has_type(const json& value, const std::string& type) {
  if (type == "string")
    return value.is_string();
  if (type == "boolean")
    return value.is_boolean();
  if (type == "integer")
    return value.is_number_integer();
  return type == "array" ? value.is_array() : type == "object" && value.is_object();
}

using found = std::vector<std::string>;

void append(found& all, found more) {
  all.insert(all.end(), more.begin(), more.end());
}

found misfits_of_text(const json& schema, const std::string& text, const std::string& path) {
  found all;
  if (schema.contains("pattern")
      && !std::regex_search(text, std::regex{schema["pattern"].get<std::string>()}))
    all.push_back(path + ": does not match the pattern");
  if (text.size() < schema.value("minLength", std::size_t{0}))
    all.push_back(path + ": is too short");
  if (schema.contains("maxLength") && text.size() > schema["maxLength"])
    all.push_back(path + ": is too long");
  return all;
}

found misfits_of_object(const json& schema, const json& object, const std::string& path) {
  found all;
  for (const auto& name : schema.value("required", json::array()))
    if (!object.contains(name))
      all.push_back(path + ": lacks " + name.get<std::string>());
  const auto& properties = properties_of(schema);
  for (const auto& [name, value] : object.items()) {
    const auto below = path.empty() ? name : path + "." + name;
    if (properties.contains(name))
      append(all, misfits(properties[name], value, below));
    else if (schema.contains("additionalProperties"))
      append(all, misfits(schema["additionalProperties"], value, below));
    else if (path != "metadata")
      all.push_back(below + ": is unknown");
  }
  return all;
}

} // namespace

std::filesystem::path project_file(std::string_view path) {
  return std::filesystem::path{PROJECT_ROOT} / path;
}

std::string text_of(std::string_view path) {
  std::ifstream file{project_file(path)};
  if (!file)
    throw std::runtime_error("cannot read " + std::string{path});
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<json> documents(std::string_view path) {
  std::vector<json> all;
  for (const auto& document : YAML::LoadAll(text_of(path)))
    all.push_back(to_json(document));
  return all;
}

json definition(std::string_view plural) {
  return documents("crds/" + std::string{plural} + ".yaml").at(0);
}

json schema_of(const json& definition) {
  return definition.at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer);
}

const json& properties_of(const json& schema) {
  static const auto none = json::object();
  const auto properties = schema.find("properties");
  return properties == schema.end() ? none : *properties;
}

void set_defaults(const json& schema, json& value) {
  if (value.is_array())
    for (auto& item : value)
      set_defaults(schema.at("items"), item);
  if (!value.is_object())
    return;
  for (const auto& [name, property] : properties_of(schema).items()) {
    if (!value.contains(name) && property.contains("default"))
      value[name] = property["default"];
    if (value.contains(name))
      set_defaults(property, value[name]);
  }
}

found misfits(const json& schema, const json& value, const std::string& path) {
  const std::string type = schema.at("type");
  if (!has_type(value, type))
    return {path + ": is no " + type};
  const auto words = schema.value("enum", json::array({value}));
  if (std::find(words.begin(), words.end(), value) == words.end())
    return {path + ": is none of the words"};
  if (value.is_string())
    return misfits_of_text(schema, value, path);
  if (value.is_object())
    return misfits_of_object(schema, value, path);
  found all;
  if (value.is_array() && value.size() > schema.value("maxItems", value.size()))
    all.push_back(path + ": has too many items");
  if (value.is_array())
    for (std::size_t i = 0; i < value.size(); ++i)
      append(all, misfits(schema.at("items"), value[i], path + "[" + std::to_string(i) + "]"));
  return all;
}

} // namespace manifests
