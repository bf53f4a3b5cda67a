#pragma once

#include "actors/context.hpp"

#include <unordered_map>

namespace actors {

/// One supervisor per VolumeBackup that is not finished. At its start those come first that another
/// process left in the middle: what may be frozen is thawed before anything new begins. Ends on
/// `stop_work` when the last supervisor has ended.
struct backup_dispatcher_state {
  static constexpr const char* name = "backup_dispatcher";

  struct running {
    supervisor_actor supervisor;
    std::string uid;
  };

  explicit backup_dispatcher_state(dispatcher_actor::pointer actor) : self{actor} {}

  dispatcher_actor::behavior_type make_behavior(operator_context shared);
  void note(const backup_changed& fact);
  void begin_waiting();
  void start(const backup_ptr& backup);
  void note_down(const caf::down_msg& down);
  void stop();

  dispatcher_actor::pointer self;
  operator_context context;
  std::unordered_map<k8s::object_key, running> backups;
  std::unordered_map<caf::actor_addr, k8s::object_key> keys; ///< of the supervisors that run
  std::unordered_map<k8s::object_key, backup_ptr>
      successors; ///< a backup recreated while its predecessor still ends
  std::unordered_map<k8s::object_key, backup_ptr>
      waiting; ///< what has work to do, until this replica leads and knows all that exists
  bool is_leading = false, is_synced = false;
  bool is_stopping = false;
};

dispatcher_actor::behavior_type
backup_dispatcher(self_of<dispatcher_actor, backup_dispatcher_state> self,
                  operator_context context);

} // namespace actors
