#pragma once

#include "actors/context.hpp"

#include <unordered_map>

namespace actors {

/// One supervisor per VolumeRestore that is not finished. Ends on `stop_work` when the last
/// supervisor has ended.
struct restore_dispatcher_state {
  static constexpr const char* name = "restore_dispatcher";

  explicit restore_dispatcher_state(restore_dispatcher_actor::pointer actor) : self{actor} {}

  restore_dispatcher_actor::behavior_type make_behavior(operator_context shared);
  void note(const restore_changed& fact);
  void begin_waiting();
  void note_down(const caf::down_msg& down);
  void stop();

  restore_dispatcher_actor::pointer self;
  operator_context context;
  std::unordered_map<k8s::object_key, restore_supervisor_actor> running;
  std::unordered_map<caf::actor_addr, k8s::object_key> keys; ///< of the supervisors that run
  std::unordered_map<k8s::object_key, restore_ptr>
      waiting; ///< until this replica leads, or a predecessor of the same name has ended
  bool is_leading = false, is_stopping = false;
};

restore_dispatcher_actor::behavior_type
restore_dispatcher(self_of<restore_dispatcher_actor, restore_dispatcher_state> self,
                   operator_context context);

} // namespace actors
