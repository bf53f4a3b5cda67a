#pragma once

#include "messages/snapshot.hpp"

#include <caf/typed_actor.hpp>

namespace messages {

/// Whoever follows a snapshot.
using snapshot_follower = caf::typed_actor<caf::reacts_to<snapshot_observed>>;

/// Send every `snapshot_observed` of that name to the subscriber, until it ends. The name may be
/// that of a group's member or of a group, as `member_key` and `group_key` make it.
struct follow_snapshot {
  k8s::object_key snapshot;
  snapshot_follower subscriber;
};

struct unfollow_snapshot {
  k8s::object_key snapshot;
  snapshot_follower subscriber;
};

} // namespace messages
