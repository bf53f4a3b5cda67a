#pragma once

#include "actors/context.hpp"
#include "actors/volume_backup/plan.hpp"

#include <memory>

namespace actors {

/// Runs the `hook-probe` of one pod once and tells the supervisor what it said; then it ends.
struct hook_prober_state {
  static constexpr const char* name = "hook_prober";
  std::shared_ptr<k8s::exec_session> stream;
};

/// `index` is the pod's in the plan.
hook_prober_actor::behavior_type hook_prober(self_of<hook_prober_actor, hook_prober_state> self,
                                             const operator_context& context,
                                             const supervisor_actor& parent, std::size_t index,
                                             const k8s::object_key& key, const planned_pod& pod);

} // namespace actors
