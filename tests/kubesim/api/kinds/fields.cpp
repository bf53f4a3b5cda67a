#include "tests/kubesim/api/kinds/fields.hpp"

#include <charconv>

namespace kubesim::kinds {

namespace {

const json empty_list = json::array();
const json empty_object = json::object();

const json* step_into(const json& value, std::string_view step) {
  if (value.is_object()) {
    const auto found = value.find(step);
    return found == value.end() ? nullptr : &*found;
  }
  if (!value.is_array())
    return nullptr;
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), index);
  if (error != std::errc{} || end != step.data() + step.size() || index >= value.size())
    return nullptr;
  return &value[index];
}

} // namespace

const json* find_at(const json& object, std::string_view dotted) {
  const json* at = &object;
  while (at && !dotted.empty()) {
    const auto dot = dotted.find('.');
    at = step_into(*at, dotted.substr(0, dot));
    dotted = dot == std::string_view::npos ? std::string_view{} : dotted.substr(dot + 1);
  }
  return at && !at->is_null() ? at : nullptr;
}

const json& list_at(const json& object, std::string_view dotted) {
  const auto* found = find_at(object, dotted);
  return found && found->is_array() ? *found : empty_list;
}

const json& object_at(const json& object, std::string_view dotted) {
  const auto* found = find_at(object, dotted);
  return found && found->is_object() ? *found : empty_object;
}

std::string text_at(const json& object, std::string_view dotted) {
  const auto* found = find_at(object, dotted);
  return found && found->is_string() ? found->get<std::string>() : std::string{};
}

std::int64_t number_at(const json& object, std::string_view dotted, std::int64_t otherwise) {
  const auto* found = find_at(object, dotted);
  return found && found->is_number_integer() ? found->get<std::int64_t>() : otherwise;
}

bool is_true_at(const json& object, std::string_view dotted) {
  const auto* found = find_at(object, dotted);
  return found && *found == true;
}

void default_to(json& object, const char* key, json value) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null())
    object[key] = std::move(value);
}

json& object_in(json& parent, const char* key) {
  auto& found = parent[key];
  if (!found.is_object())
    found = json::object();
  return found;
}

field_problem required(std::string field, std::string_view why) {
  return {"FieldValueRequired", std::move(field),
          why.empty() ? "Required value" : "Required value: " + std::string{why}};
}

field_problem invalid(std::string field, const json& value, std::string_view why) {
  return {"FieldValueInvalid", std::move(field),
          "Invalid value: " + value.dump() + ": " + std::string{why}};
}

field_problem not_supported(std::string field, const json& value,
                            const std::vector<std::string>& supported) {
  auto text = "Unsupported value: " + value.dump() + ": supported values: ";
  for (std::size_t i = 0; i < supported.size(); ++i)
    text += (i > 0 ? ", \"" : "\"") + supported[i] + "\"";
  return {"FieldValueNotSupported", std::move(field), std::move(text)};
}

field_problem field_forbidden(std::string field, std::string_view why) {
  return {"FieldValueForbidden", std::move(field), "Forbidden: " + std::string{why}};
}

field_problem duplicate(std::string field, const json& value) {
  return {"FieldValueDuplicate", std::move(field), "Duplicate value: " + value.dump()};
}

field_problem not_found(std::string field, const json& value) {
  return {"FieldValueNotFound", std::move(field), "Not found: " + value.dump()};
}

void append(problems& all, problems more) {
  for (auto& each : more)
    all.push_back(std::move(each));
}

std::string indexed(std::string_view field, std::size_t index) {
  return std::string{field} + "[" + std::to_string(index) + "]";
}

problems dns_label_problems(const std::string& field, const std::string& text) {
  constexpr std::size_t longest = 63;
  problems found;
  if (text.size() > longest)
    found.push_back(
        {"FieldValueInvalid", field,
         "Invalid value: " + json(text).dump() + ": must be no more than 63 characters"});
  constexpr std::string_view inner = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const bool is_label = !text.empty() && text.find_first_not_of(inner) == std::string::npos
                        && text.front() != '-' && text.back() != '-';
  if (!is_label)
    found.push_back(invalid(
        field, text,
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
        "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"));
  return found;
}

problems immutable_problem(const json& object, const json* before, const std::string& field) {
  if (!before)
    return {};
  const auto* now = find_at(object, field);
  const auto* then = find_at(*before, field);
  const bool is_same = now && then ? *now == *then : now == then;
  if (is_same)
    return {};
  return {invalid(field, now ? *now : json(nullptr), "field is immutable")};
}

} // namespace kubesim::kinds
