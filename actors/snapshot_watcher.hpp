#pragma once

#include "actors/context.hpp"

namespace actors {

/// Follows one VolumeSnapshot until its cut is seen, on it or on its content, whichever comes
/// first; then it ends.
struct snapshot_watcher_state {
  static constexpr const char* name = "snapshot_watcher";
  snapshot_observed seen; ///< everything seen so far
};

snapshot_watcher_actor::behavior_type
snapshot_watcher(self_of<snapshot_watcher_actor, snapshot_watcher_state> self,
                 operator_context context, supervisor_actor parent, std::size_t index,
                 k8s::object_key snapshot);

} // namespace actors
