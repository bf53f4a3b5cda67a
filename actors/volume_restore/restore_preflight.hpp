#pragma once

#include "actors/volume_restore/restore_facts.hpp"
#include "actors/volume_restore/restore_plan.hpp"

#include <string>
#include <variant>
#include <vector>

/// What can be checked before a restore changes anything is checked here, and each failure has its
/// own reason.
namespace actors {

using restore_verdict = std::variant<restore_plan, refusal>;

/// Pure. The order of the checks is the order in which a user would want to hear of them.
restore_verdict judge_restore(const crds::volume_restore& restore, const restore_facts& facts);

/// The names of the VolumeSnapshots that a restore is made from, as far as its backup is known.
std::vector<std::string> wanted_snapshots(const crds::volume_restore& restore,
                                          const restore_facts& facts);

/// The claim that pods of the workload use under that name or that replaced it; none: they do not.
const k8s::persistent_volume_claim* find_workload_claim(const kinded_workload& workload,
                                                        const restore_facts& facts,
                                                        std::string_view known_name);

/// All claims that the workload's pods use, or would use if there were more of them.
std::vector<const k8s::persistent_volume_claim*> claims_of(const kinded_workload& workload,
                                                           const restore_facts& facts);

/// The StorageClass that the new claim will have; empty: none.
std::string storage_class_of(const crds::volume_restore& restore,
                             const k8s::persistent_volume_claim& old_claim);

} // namespace actors
