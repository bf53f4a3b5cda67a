#pragma once

#include "tests/kubesim/api/answer.hpp"

namespace kubesim::control {

/// Whether a LabelSelector (matchLabels, matchExpressions) chooses an object with these labels. An
/// absent selector chooses nothing, an empty one everything.
bool chooses(const json& selector, const json& labels);

} // namespace kubesim::control
