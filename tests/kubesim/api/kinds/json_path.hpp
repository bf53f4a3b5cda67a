#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <string_view>
#include <vector>

namespace kubesim::kinds {

/// What a JSONPath of printer columns and scale paths finds: names (`.spec.size`, `['a.b']`, with
/// `\.` for a dot), indices, `[*]`, and filters (`.conditions[?(@.type=="Ready")].status`). Nothing
/// for paths it does not understand.
std::vector<json> find_json_path(const json& object, std::string_view path);

} // namespace kubesim::kinds
