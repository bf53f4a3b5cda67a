#pragma once

#include "actors/context.hpp"

#include <map>
#include <vector>

namespace actors {

/// Follows all VolumeSnapshots of one backup until each is ready to use (uploaded, for drivers that
/// upload); ends with the last. Lives from before the first create, so that no event falls between
/// the cut and its own begin.
struct upload_watcher_state {
  static constexpr const char* name = "upload_watcher";
  struct followed {
    std::size_t index = 0;
    snapshot_observed seen;
    bool waits_for_handle = false; ///< ready, and only its handle is missing
  };
  std::map<k8s::object_key, followed> waiting; ///< not ready yet
};

upload_watcher_actor::behavior_type
upload_watcher(self_of<upload_watcher_actor, upload_watcher_state> self,
               const operator_context& context, const supervisor_actor& parent,
               std::vector<k8s::object_key> snapshots);

} // namespace actors
