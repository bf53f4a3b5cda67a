#pragma once

#include "actors/actor_base.hpp"
#include "actors/interfaces.hpp"
#include "actors/journal.hpp"
#include "actors/volume_backup/preflight.hpp"
#include "k8s/exec.hpp"

#include <memory>

namespace actors {

/// What the supervisors and their children share: peers, the outside world, limits. Copied freely.
struct operator_context {
  cluster_actor cluster;
  snapshot_feed_actor snapshots;
  std::shared_ptr<k8s::exec_opener> exec;
  wall_clock wall;
  backup_limits limits;
  journal log;
};

} // namespace actors
