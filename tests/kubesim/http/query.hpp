#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kubesim::http {

/// Decoded query parameters, in order; names may repeat.
using query = std::vector<std::pair<std::string, std::string>>;

/// `%41` and, in queries, `+`. Damaged escapes stay as they are.
std::string percent_decoded(std::string_view text, bool plus_is_space);

/// What follows the `?`. A parameter with a raw `;` is dropped, as Go does.
query parse_query(std::string_view text);

/// The first value of a name, or empty.
std::string value_of(const query& parameters, std::string_view name);
bool has(const query& parameters, std::string_view name);
/// `true`, `1` and a name without value, as the API server reads flags.
bool flag(const query& parameters, std::string_view name);

} // namespace kubesim::http
