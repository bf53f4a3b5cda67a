#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <string>
#include <utility>
#include <vector>

namespace kubesim {

/// RFC 7386: null removes, objects merge, everything else replaces.
answer<json> apply_merge_patch(json target, const json& patch);

/// RFC 6902. 400 if the patch is no list, 422 without a reason if it cannot be applied.
answer<json> apply_json_patch(const json& target, const json& patch);

/// How lists merge: by path without indices (`spec.template.spec.containers`) the member that tells
/// their items apart; an empty one means a list of plain values that merges as a set.
using merge_keys = std::vector<std::pair<std::string, std::string>>;

/// Strategic merge with `$patch`, `$retainKeys`, `$deleteFromPrimitiveList` and `$setElementOrder`.
/// Lists without a merge key are replaced. New items come before those that were there.
answer<json> apply_strategic_merge(json target, const json& patch, const merge_keys& keys);

} // namespace kubesim
