#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kubesim {

/// Is the volume kept for this claim by namespace and name, and not for an earlier one of that
/// name?
bool is_reserved_for(const json& volume, const json& claim);

/// Why a claim that names the free volume cannot have it, in the controller's words; empty: it can.
std::string misfit(const json& claim, const json& volume);

/// Which volume a claim gets that names none: one that is reserved for it, whatever its class, else
/// the smallest Available one of its class that is large enough. Null: none of them. What waits for
/// its first consumer takes only a reserved one.
std::shared_ptr<const json> best_fit(const json& claim,
                                     const std::vector<std::shared_ptr<const json>>& volumes,
                                     bool only_reserved);

} // namespace kubesim
