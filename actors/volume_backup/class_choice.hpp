#pragma once

#include "actors/volume_backup/plan.hpp"
#include "k8s/resources/volume_snapshot.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace actors {

/// Pure: the VolumeSnapshotClass of a claim's snapshot, or why there is none, with a remedy. The
/// named one, else the driver's default, else its only one. `classes`: none if we may not list
/// them; then a name is taken as it is.
std::variant<std::string, refusal>
choose_snapshot_class(const std::optional<std::vector<k8s::volume_snapshot_class>>& classes,
                      const planned_claim& claim, const std::string& named);

} // namespace actors
