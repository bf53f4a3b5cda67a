#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace kubesim::kinds {

/// The field numbers of a structure: number to name. An empty name: known, but not read (status).
using field_numbers = std::map<std::uint64_t, std::string>;

/// Null for a structure that is not numbered.
const field_numbers* numbers_of(std::string_view structure);

} // namespace kubesim::kinds
