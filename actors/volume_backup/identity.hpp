#pragma once

#include "actors/volume_backup/plan.hpp"
#include "k8s/resources/pod.hpp"

#include <optional>
#include <string>
#include <vector>

namespace actors {

/// Pure: are the pods still those that were frozen? The first difference in words, or none.
/// Identity is UID plus the restart count of the hook's container.
std::optional<std::string> identity_change(const backup_plan& plan,
                                           const std::vector<k8s::pod>& pods);

} // namespace actors
