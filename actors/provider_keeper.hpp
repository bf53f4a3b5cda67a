#pragma once

#include "actors/context.hpp"

#include <unordered_map>

namespace actors {

/// Keeps condition `Ready` of every VolumeBackupProvider true: looks when a provider changes and
/// again every minute, for classes come and go. Writes only when the answer differs from what the
/// status says.
struct provider_keeper_state {
  static constexpr const char* name = "provider_keeper";
  std::unordered_map<k8s::object_key, provider_ptr> providers;
};

provider_keeper_actor::behavior_type
provider_keeper(self_of<provider_keeper_actor, provider_keeper_state> self,
                operator_context context);

} // namespace actors
