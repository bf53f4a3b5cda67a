#pragma once

#include "k8s/client.hpp"
#include "k8s/resources/volume_snapshot.hpp"
#include "messages/cluster.hpp"

#include <chrono>
#include <functional>

namespace actors {

/// Reads the classes that a provider names and says whether its world is as its spec promises. Runs
/// on the loop's thread or any other; `done` is called once, on the loop's.
void inspect_provider_world(k8s::client& api, messages::provider_ptr provider,
                            std::chrono::milliseconds deadline,
                            std::function<void(messages::provider_inspected)> done);

/// Pure: what is wrong. `classes` is empty where they may not be read.
messages::provider_inspected
judge_provider(const crds::volume_backup_provider& provider,
               const std::optional<std::vector<k8s::volume_snapshot_class>>& classes);

} // namespace actors
