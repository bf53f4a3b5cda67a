#pragma once

#include "actors/cluster.hpp"
#include "actors/context.hpp"
#include "actors/scheduling/driver_limits.hpp"
#include "k8s/watcher.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace actors {

struct root_config {
  std::shared_ptr<k8s::client> api;
  std::shared_ptr<k8s::exec_opener> exec;
  std::function<bool()> may_act;
  std::vector<std::string> namespaces; ///< empty: all
  backup_limits limits;
  std::map<std::string, driver_limits> drivers; ///< by name; others have none that are set
  journal log;
  std::shared_ptr<actors::metrics> metrics;
  std::string instance;
  std::function<void()> on_synced; ///< all backups that existed at the start are known
};

using root_actor = caf::typed_actor<caf::reacts_to<lead>, caf::reacts_to<stop_work>>;

/// The head of the tree: cluster, snapshot feed, turn keeper, provider keeper, dispatcher, and the
/// watches that feed them.
///
/// Until `lead` it is a hot standby: all is watched, nothing is done.
///
/// `stop_work`: the dispatcher thaws and ends its supervisors, then everything goes in reverse
/// order. If one of the long-lived actors ends by itself the whole operator ends with an error: a
/// fresh process recovers from what the API server knows.
struct root_state {
  static constexpr const char* name = "operator_root";

  explicit root_state(root_actor::pointer actor) : self{actor} {}
  ~root_state();

  root_actor::behavior_type make_behavior(root_config given);
  void start_watches();
  void watch_restores();
  void watch_providers();
  void note_down(const caf::down_msg& down);

  root_actor::pointer self;
  root_config config;
  operator_context context;
  provider_keeper_actor keeper;
  dispatcher_actor dispatcher;
  restore_dispatcher_actor restore_dispatcher;
  restore_keeper_actor restore_keeper;
  std::vector<k8s::watcher> watches;
  bool is_stopping = false;
  int dispatchers_left = 2; ///< that have not ended
};

root_actor::behavior_type operator_root(self_of<root_actor, root_state> self, root_config config);

} // namespace actors
