#pragma once

#include "tests/kubesim/controllers/work_queue.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <functional>
#include <vector>

namespace kubesim::control {

/// The objects of a kind that a workload controls and whose labels its selector chooses. Takes
/// orphans that fit into care and lets go of what does not fit any more.
std::vector<stored> claim_children(world& everything, const resource_type& child_type,
                                   const resource_type& owner_type, const json& owner);

/// Adds to the queue whoever a change concerns: the workload that controls the object (or did), and
/// the workloads of the namespace whose selector chooses a new orphan.
void watch_children(world& everything, const resource_type& child_type,
                    const resource_type& owner_type, work_queue& queue);

/// Adds every object of the kind to the queue when it changes.
void watch_owners(world& everything, const resource_type& owner_type, work_queue& queue);

} // namespace kubesim::control
