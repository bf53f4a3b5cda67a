#pragma once

#include "actors/actor_base.hpp"
#include "actors/cluster_config.hpp"
#include "actors/interfaces.hpp"
#include "actors/volume_backup/gather.hpp"

#include <memory>

namespace actors {

/// Talks to the API server. Every command is answered within its deadline: the client guarantees
/// one callback per call, so requesters may wait without a timeout of their own.
struct cluster_state {
  static constexpr const char* name = "cluster";
  cluster_config config;
  std::shared_ptr<preflight_reader> preflights
      = std::make_shared<preflight_reader>(); ///< on the loop's thread only
};

cluster_actor::behavior_type cluster(self_of<cluster_actor, cluster_state> self,
                                     cluster_config config);

} // namespace actors
