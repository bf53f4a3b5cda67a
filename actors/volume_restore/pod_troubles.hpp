#pragma once

#include "actors/volume_restore/restore_facts.hpp"

#include <string>

/// Pure: why a rollout takes long, as far as one of its pods tells.
namespace actors {

/// The pod to tell of; null: every pod of the workload is ready or ends.
const k8s::pod* troubled_pod(const restore_world& world);

/// ` (pod web-1: container main is not ready: Readiness probe failed: ...)`; empty: nothing is
/// known.
std::string trouble_of_pods(const restore_world& world);

} // namespace actors
