#pragma once

#include "actors/actor_base.hpp"
#include "actors/interfaces.hpp"
#include "actors/journal.hpp"
#include "actors/metrics.hpp"
#include "actors/volume_backup/preflight.hpp"
#include "k8s/client.hpp"
#include "k8s/exec.hpp"

#include <functional>
#include <memory>

namespace actors {

/// What the supervisors and their children share: peers, the outside world, limits. Copied freely.
struct operator_context {
  cluster_actor cluster;
  snapshot_feed_actor snapshots;
  turn_keeper_actor turns;
  std::shared_ptr<k8s::exec_opener> exec;
  std::shared_ptr<k8s::client> api; ///< for watches; all else goes through `cluster`
  wall_clock wall;
  /// False once another replica may act: no exec may begin. Thread-safe.
  std::function<bool()> may_act = [] { return true; };
  backup_limits limits;
  /// Are VolumeSnapshotContents watched? They are of the cluster, not of a namespace.
  bool watches_contents = true;
  journal log;
  std::shared_ptr<actors::metrics> metrics; ///< never null

  /// To be kept in the state of an actor, so that it is counted while it lives.
  metrics::living count(std::string_view actor) const { return {*metrics, actor}; }
};

} // namespace actors
