#include "tests/kubesim/api/kinds/structural_schema.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"

#include <cmath>
#include <regex>

namespace kubesim::kinds::structural {

namespace {

/// Where a value stands: `field` for the cause, `name` for its text. They differ for /status only,
/// whose schema is applied alone.
struct position {
  std::string field, name;

  position member(const std::string& key) const {
    return {field.empty() ? key : field + "." + key, name.empty() ? key : name + "." + key};
  }
  position item(std::size_t index) const { return {indexed(field, index), indexed(name, index)}; }
  std::string in_body(const std::string& text) const { return name + " in body " + text; }
};

std::string type_name(const json& value) {
  switch (value.type()) {
  case json::value_t::object:
    return "object";
  case json::value_t::array:
    return "array";
  case json::value_t::string:
    return "string";
  case json::value_t::boolean:
    return "boolean";
  case json::value_t::null:
    return "null";
  case json::value_t::number_float:
    return "number";
  default:
    return "integer";
  }
}

bool is_whole(const json& value) {
  return value.is_number_integer()
         || (value.is_number_float() && std::floor(value.get<double>()) == value.get<double>());
}

bool has_type(const json& schema, const json& value) {
  if (is_true_at(schema, "x-kubernetes-int-or-string"))
    return value.is_string() || is_whole(value);
  const auto wanted = text_at(schema, "type");
  if (wanted.empty() || wanted == type_name(value))
    return true;
  if (wanted == "number")
    return value.is_number();
  return wanted == "integer" && is_whole(value);
}

field_problem wrong_type(const position& where, const json& shown, const std::string& wanted) {
  auto problem = invalid(where.field, shown,
                         where.in_body("must be of type " + wanted + ": " + shown.dump()));
  problem.reason = "FieldValueTypeInvalid";
  return problem;
}

field_problem out_of_bounds(const position& where, const json& value, const std::string& text) {
  return invalid(where.field, value, where.in_body(text));
}

field_problem too_many(const position& where, std::size_t count, std::int64_t most) {
  return {"FieldValueTooMany", where.field,
          "Too many: " + std::to_string(count) + ": must have at most " + std::to_string(most)
              + " items"};
}

problems number_problems(const json& schema, const json& value, const position& where) {
  problems found;
  const auto number = value.get<double>();
  if (const auto* most = find_at(schema, "maximum")) {
    const bool is_exclusive = is_true_at(schema, "exclusiveMaximum");
    if (number > most->get<double>() || (is_exclusive && number == most->get<double>()))
      found.push_back(out_of_bounds(where, value,
                                    std::string{"should be less than "}
                                        + (is_exclusive ? "" : "or equal to ") + most->dump()));
  }
  if (const auto* least = find_at(schema, "minimum")) {
    const bool is_exclusive = is_true_at(schema, "exclusiveMinimum");
    if (number < least->get<double>() || (is_exclusive && number == least->get<double>()))
      found.push_back(out_of_bounds(where, value,
                                    std::string{"should be greater than "}
                                        + (is_exclusive ? "" : "or equal to ") + least->dump()));
  }
  if (const auto* step = find_at(schema, "multipleOf");
      step && std::fmod(number, step->get<double>()) != 0)
    found.push_back(out_of_bounds(where, value, "should be a multiple of " + step->dump()));
  return found;
}

/// Characters of UTF-8 text.
std::int64_t length_of(const std::string& text) {
  return std::ranges::count_if(
      text, [](char each) { return (static_cast<unsigned char>(each) & 0xC0U) != 0x80U; });
}

/// None for RE2 syntax that std::regex does not know. Kept: they come from few schemas, and making
/// one takes longer than all else of a validation.
const std::optional<std::regex>& compiled(const std::string& pattern) {
  thread_local std::unordered_map<std::string, std::optional<std::regex>> known;
  const auto [entry, is_new] = known.try_emplace(pattern);
  if (is_new) {
    try {
      entry->second.emplace(pattern, std::regex::ECMAScript);
    } catch (const std::regex_error&) {
      entry->second.reset();
    }
  }
  return entry->second;
}

bool matches(const std::string& text, const std::string& pattern) {
  const auto& expression = compiled(pattern);
  return !expression || std::regex_search(text, *expression);
}

bool has_format(const std::string& text, const std::string& format) {
  if (format == "date-time")
    return time_problem(text, time_layout::seconds).empty();
  if (format == "date")
    return time_problem(text + "T00:00:00Z", time_layout::seconds).empty();
  if (format == "uuid")
    return matches(
        text, "^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$");
  if (format == "duration")
    return matches(text, "^([0-9]+(\\.[0-9]+)? ?(ns|us|ms|s|m|h|d|w))+$|^0$");
  if (format == "ipv4")
    return matches(text, "^((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.|$)){4}$");
  return true;
}

problems text_problems(const json& schema, const json& value, const position& where) {
  problems found;
  const auto& text = value.get_ref<const std::string&>();
  const auto length = length_of(text);
  if (const auto most = number_at(schema, "maxLength", -1); most >= 0 && length > most)
    found.push_back({"FieldValueTooLong", where.field,
                     "Too long: may not be more than " + std::to_string(most) + " bytes"});
  if (const auto least = number_at(schema, "minLength"); length < least)
    found.push_back(
        out_of_bounds(where, value, "should be at least " + std::to_string(least) + " chars long"));
  if (const auto pattern = text_at(schema, "pattern"); !pattern.empty() && !matches(text, pattern))
    found.push_back(out_of_bounds(where, value, "should match '" + pattern + "'"));
  if (const auto format = text_at(schema, "format"); !has_format(text, format))
    found.push_back(wrong_type(where, value, format));
  return found;
}

problems enum_problems(const json& schema, const json& value, const position& where) {
  const auto& allowed = list_at(schema, "enum");
  if (allowed.empty() || std::ranges::find(allowed, value) != allowed.end())
    return {};
  std::vector<std::string> names;
  for (const auto& each : allowed)
    names.push_back(each.is_string() ? each.get<std::string>() : each.dump());
  return {not_supported(where.field, value, names)};
}

problems check(const json& schema, const json& value, const json* before, const position& where);

/// What makes an item of an associative list unique.
json key_of(const json& schema, const json& item) {
  json key = json::object();
  for (const auto& name : list_at(schema, "x-kubernetes-list-map-keys"))
    if (const auto* part = find_at(item, name.get<std::string>()))
      key[name.get<std::string>()] = *part;
  return key;
}

problems uniqueness_problems(const json& schema, const json& list, const position& where) {
  const auto type = text_at(schema, "x-kubernetes-list-type");
  if (type != "set" && type != "map")
    return {};
  problems found;
  std::vector<json> seen;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto key = type == "set" ? list[i] : key_of(schema, list[i]);
    if (std::ranges::find(seen, key) != seen.end())
      found.push_back(duplicate(indexed(where.field, i), key));
    seen.push_back(std::move(key));
  }
  return found;
}

problems list_problems(const json& schema, const json& list, const json* before,
                       const position& where) {
  problems found;
  if (const auto most = number_at(schema, "maxItems", -1); most >= 0 && std::ssize(list) > most)
    found.push_back(too_many(where, list.size(), most));
  if (const auto least = number_at(schema, "minItems"); std::ssize(list) < least)
    found.push_back(out_of_bounds(where, list.size(),
                                  "should have at least " + std::to_string(least) + " items"));
  if (const auto items = schema.find("items"); items != schema.end())
    for (std::size_t i = 0; i < list.size(); ++i) {
      const auto* then
          = before && before->is_array() && i < before->size() ? &(*before)[i] : nullptr;
      append(found, check(*items, list[i], then, where.item(i)));
    }
  append(found, uniqueness_problems(schema, list, where));
  return found;
}

problems object_problems(const json& schema, const json& object, const json* before,
                         const position& where) {
  problems found;
  for (const auto& name : list_at(schema, "required"))
    if (!object.contains(name.get<std::string>()))
      found.push_back(required(where.member(name.get<std::string>()).field));
  if (const auto most = number_at(schema, "maxProperties", -1);
      most >= 0 && std::ssize(object) > most)
    found.push_back(too_many(where, object.size(), most));
  if (const auto least = number_at(schema, "minProperties"); std::ssize(object) < least)
    found.push_back(out_of_bounds(where, object,
                                  "should have at least " + std::to_string(least) + " properties"));
  for (const auto& [name, member] : object.items())
    if (const auto* known = schema_of_member(schema, name))
      append(found,
             check(*known, member, before ? find_at(*before, name) : nullptr, where.member(name)));
  return found;
}

std::size_t count_fitting(const json& alternatives, const json& value, const position& where) {
  std::size_t fitting = 0;
  for (const auto& each : alternatives)
    fitting += check(each, value, nullptr, where).empty() ? 1U : 0U;
  return fitting;
}

problems combination_problems(const json& schema, const json& value, const position& where) {
  problems found;
  const auto add = [&](const std::string& text) {
    found.push_back(invalid(where.field, "", "\"" + where.name + "\" " + text));
  };
  if (const auto& any = list_at(schema, "anyOf");
      !any.empty() && count_fitting(any, value, where) == 0)
    add("must validate at least one schema (anyOf)");
  if (const auto& one = list_at(schema, "oneOf"); !one.empty()) {
    const auto fitting = count_fitting(one, value, where);
    if (fitting != 1)
      add("must validate one and only one schema (oneOf). "
          + (fitting == 0 ? std::string{"Found none valid"}
                          : "Found " + std::to_string(fitting) + " valid alternatives"));
  }
  if (const auto& all = list_at(schema, "allOf");
      !all.empty() && count_fitting(all, value, where) != all.size())
    add("must validate all the schemas (allOf)");
  if (const auto* unwanted = find_at(schema, "not");
      unwanted && check(*unwanted, value, nullptr, where).empty())
    add("must not validate the schema (not)");
  return found;
}

problems check(const json& schema, const json& value, const json* before, const position& where) {
  if (before && *before == value)
    return {};
  if (value.is_null() && is_true_at(schema, "nullable"))
    return {};
  if (!has_type(schema, value)) {
    const auto wanted = is_true_at(schema, "x-kubernetes-int-or-string") ? "integer,string"
                                                                         : text_at(schema, "type");
    return {wrong_type(where, type_name(value), wanted)};
  }
  auto found = enum_problems(schema, value, where);
  if (value.is_number())
    append(found, number_problems(schema, value, where));
  if (value.is_string())
    append(found, text_problems(schema, value, where));
  if (value.is_array())
    append(found, list_problems(schema, value, before, where));
  if (value.is_object())
    append(found, object_problems(schema, value, before, where));
  append(found, combination_problems(schema, value, where));
  return found;
}

/// Errors that keep the server from evaluating the rules of a schema.
bool stops_rules(const field_problem& problem) {
  return problem.reason != "FieldValueInvalid" && problem.reason != "FieldValueDuplicate";
}

/// A change of the status alone is checked against the schema of the status alone.
bool is_status_write(const json& object, const json* before) {
  if (!before || !object.contains("status"))
    return false;
  auto now = object, then = *before;
  for (auto* each : {&now, &then}) {
    each->erase("status");
    each->erase("metadata");
  }
  return now == then;
}

} // namespace

problems validate(const json& schema, const json& object, const json* before) {
  problems found;
  if (is_status_write(object, before)) {
    const auto* status = find_at(schema, "properties.status");
    if (status)
      found = check(*status, object.at("status"), find_at(*before, "status"), {"status", ""});
  } else {
    auto body = object;
    body.erase("metadata"); // has rules of its own
    found = check(schema, body, nullptr, {});
    if (before)
      std::erase_if(found, [&, tolerated = check(schema, *before, nullptr, {})](const auto& each) {
        return std::ranges::any_of(tolerated, [&](const auto& old) {
          return old.field == each.field && old.message == each.message;
        });
      });
  }
  if (std::ranges::any_of(found, stops_rules) && has_rules(schema))
    found.push_back({"FieldValueInvalid", "<nil>",
                     "Invalid value: null: some validation rules were not checked because the "
                     "object was invalid; correct the existing errors to complete validation"});
  return found;
}

} // namespace kubesim::kinds::structural
