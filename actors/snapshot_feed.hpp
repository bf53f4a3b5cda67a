#pragma once

#include "actors/actor_base.hpp"
#include "actors/interfaces.hpp"
#include "k8s/watcher.hpp"

#include <memory>
#include <unordered_map>
#include <vector>

namespace actors {

struct snapshot_feed_config {
  std::shared_ptr<k8s::client> api; ///< null in tests, which send `snapshot_observed` themselves
  std::vector<std::string>
      namespaces; ///< empty: all, and then the cluster-scoped contents are watched too
};

/// Watches VolumeSnapshots and, where it may, their contents, and passes on what it sees to those
/// who follow a name. Keeps no objects: who follows must do so before the snapshot is created.
/// VolumeGroupSnapshots are watched from when somebody first follows one: most clusters have none.
struct snapshot_feed_state {
  static constexpr const char* name = "snapshot_feed";
  snapshot_feed_config config;
  std::vector<k8s::watcher> watches;
  std::unordered_map<k8s::object_key, std::vector<snapshot_follower>> followers;
  bool watches_groups = false;
  std::size_t of_groups = 0; ///< followed keys of members and groups
  /// Of members that are followed: from what they are called to what they are followed as, and
  /// back.
  std::unordered_map<k8s::object_key, k8s::object_key> members, names;
  /// What contents said of members before their VolumeSnapshots were seen.
  std::unordered_map<k8s::object_key, snapshot_observed> early;
};

snapshot_feed_actor::behavior_type
snapshot_feed(self_of<snapshot_feed_actor, snapshot_feed_state> self, snapshot_feed_config config);

} // namespace actors
