#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace kubesim {

/// The value below a path of member names; a shared null if there is none.
const json& field(const json& object, std::initializer_list<std::string_view> path);

/// The text there, or empty if there is none or it is something else.
std::string text_at(const json& object, std::initializer_list<std::string_view> path);

/// The list or object there, or an empty list.
const json& items_at(const json& object, std::initializer_list<std::string_view> path);

/// `metadata.resourceVersion` as a number; 0 if absent.
std::uint64_t version_of(const json& object);

} // namespace kubesim
