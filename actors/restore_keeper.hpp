#pragma once

#include "actors/context.hpp"
#include "k8s/watcher.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// Keeps condition `Superseded` of completed VolumeRestores true: watches the workload of the
/// latest one of each, while this process leads.
struct restore_keeper_state {
  static constexpr const char* name = "restore_keeper";

  explicit restore_keeper_state(restore_keeper_actor::pointer actor) : self{actor} {}

  restore_keeper_actor::behavior_type make_behavior(operator_context shared);
  void note(const restore_changed& fact);
  void note(const restore_removed& fact);
  void note(const workload_seen& fact);
  void judge(const workload_id& of);
  void write(const workload_id& of, crds::condition condition);
  void watch(const workload_id& of);

  struct guarded {
    restore_ptr restore; ///< the latest
    std::optional<workload_seen> seen;
    std::vector<k8s::watcher> watches;
    bool is_writing = false;
  };

  restore_keeper_actor::pointer self;
  operator_context context;
  std::map<workload_id, guarded> workloads;
  bool is_leading = false;
};

restore_keeper_actor::behavior_type
restore_keeper(self_of<restore_keeper_actor, restore_keeper_state> self, operator_context context);

} // namespace actors
