#pragma once

#include "k8s/resources/workload.hpp"

#include <string>

namespace actors {

/// Helm or the GitOps tool that applies the workload and would undo a change of its template, by
/// the labels and annotations they leave; empty if there are none.
std::string tool_that_applies(const k8s::object_meta& workload);

/// It was applied with kubectl, and may be again.
bool was_applied_by_kubectl(const k8s::object_meta& workload);

} // namespace actors
