#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace kubesim::control {

/// The number below a path of member names, or `otherwise`.
std::int64_t number_at(const json& object, std::initializer_list<std::string_view> path,
                       std::int64_t otherwise = 0);

/// The object there, or an empty one.
json members_at(const json& object, std::initializer_list<std::string_view> path);

/// Counters that are zero are left out of a status.
void set_count(json& status, const char* name, std::int64_t count);

/// The condition of a status with this type; null if there is none.
const json& condition_of(const json& status, std::string_view type);
bool is_true(const json& status, std::string_view type);

/// Takes the place of the condition of the same type, or comes last; a state that stays keeps its
/// lastTransitionTime.
void put_condition(json& status, json condition);
void drop_condition(json& status, std::string_view type);

} // namespace kubesim::control
