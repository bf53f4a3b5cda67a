#pragma once

#include "tests/kubesim/controllers/work_queue.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <optional>
#include <vector>

/// What controllers see in a pod, and how they make one.
namespace kubesim::control {

/// Neither finished nor being deleted.
bool is_active(const json& pod);
bool has_finished(const json& pod); ///< phase Succeeded or Failed
bool is_ready(const json& pod);
/// The `minReadySeconds` of a workload.
std::chrono::seconds minimum_ready(const json& workload);
/// Ready for at least this long.
bool is_available(const json& pod, std::chrono::seconds minimum, time_point now);
/// How long until a ready pod becomes available, if it is not yet.
std::optional<std::chrono::milliseconds>
time_to_available(const json& pod, std::chrono::seconds minimum, time_point now);

/// The names of the claims that a pod mounts.
std::vector<std::string> claims_of(const json& pod);

/// A pod as a workload's template describes it, controlled by that workload; without a name.
json pod_from_template(const json& pod_template, const resource_type& owner_type,
                       const json& owner);

/// In the order in which a ReplicaSet gives pods up: unscheduled, pending, not ready, the cheapest,
/// the youngest first.
void sort_by_expendability(std::vector<stored>& pods);

} // namespace kubesim::control
