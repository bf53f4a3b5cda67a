#pragma once

#include "actors/actor_base.hpp"
#include "actors/interfaces.hpp"
#include "actors/volume_backup/gather.hpp"
#include "k8s/client.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace actors {

struct cluster_config {
  std::shared_ptr<k8s::client> api;
  /// May this process still write? False once another replica may have taken over. From the loop's
  /// and any actor's thread.
  std::function<bool()> may_act;
  std::chrono::milliseconds read_deadline{10'000};
  std::chrono::milliseconds write_deadline{10'000};
  std::string instance; ///< reportingInstance of events: this pod's name
};

/// Talks to the API server. Every command is answered within its deadline: the client guarantees
/// one callback per call, so requesters may wait without a timeout of their own.
struct cluster_state {
  static constexpr const char* name = "cluster";
  cluster_config config;
  std::shared_ptr<preflight_cache> cache
      = std::make_shared<preflight_cache>(); ///< on the loop's thread only
};

cluster_actor::behavior_type cluster(self_of<cluster_actor, cluster_state> self,
                                     cluster_config config);

} // namespace actors
