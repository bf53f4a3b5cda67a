#pragma once

#include "actors/actor_base.hpp"
#include "actors/cluster_config.hpp"
#include "actors/interfaces.hpp"

namespace actors {

/// Talks to the API server for restores. Every command is answered within its deadline, as by
/// `cluster`.
struct restore_cluster_state {
  static constexpr const char* name = "restore_cluster";
  cluster_config config;
};

restore_cluster_actor::behavior_type
restore_cluster(self_of<restore_cluster_actor, restore_cluster_state> self, cluster_config config);

} // namespace actors
