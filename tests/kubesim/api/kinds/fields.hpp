#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kubesim::kinds {

/// What stands at `spec.template.spec`; null if any step is missing. A list index is a step of
/// digits.
const json* find_at(const json& object, std::string_view dotted);

/// Empty lists, objects and absent ones alike.
const json& list_at(const json& object, std::string_view dotted);
const json& object_at(const json& object, std::string_view dotted);
std::string text_at(const json& object, std::string_view dotted);
std::int64_t number_at(const json& object, std::string_view dotted, std::int64_t otherwise = 0);
bool is_true_at(const json& object, std::string_view dotted);

/// Sets it unless it is there.
void default_to(json& object, const char* key, json value);
/// The object of that name, made if absent.
json& object_in(json& parent, const char* key);

/// Calls for each element of the list at `key`, if it is one.
template <class Function>
void for_each_in(json& parent, const char* key, Function apply) {
  const auto found = parent.find(key);
  if (found == parent.end() || !found->is_array())
    return;
  for (auto& item : *found)
    apply(item);
}

using problems = std::vector<field_problem>;

field_problem required(std::string field, std::string_view why = {});
/// `value` is shown as JSON.
field_problem invalid(std::string field, const json& value, std::string_view why);
field_problem not_supported(std::string field, const json& value,
                            const std::vector<std::string>& supported);
field_problem field_forbidden(std::string field, std::string_view why);
field_problem duplicate(std::string field, const json& value);
field_problem not_found(std::string field, const json& value);

void append(problems& all, problems more);

/// `spec.containers[3]`
std::string indexed(std::string_view field, std::size_t index);

/// Requires 1 to 63 of lower case letters, digits and `-`, as names of containers, volumes and
/// namespaces.
problems dns_label_problems(const std::string& field, const std::string& text);

/// "field is immutable" where the two differ.
problems immutable_problem(const json& object, const json* before, const std::string& field);

} // namespace kubesim::kinds
