#pragma once

#include "actors/context.hpp"
#include "actors/output_tail.hpp"
#include "actors/volume_backup/pod_session.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// Freezes and thaws one pod by commands that need no shell, for images that have none: one exec
/// for each, and nothing in the pod between them. So nothing there thaws by itself: if the operator
/// is gone, the pod stays frozen until the next one has taken the backup up.
///
///     idle --freeze_pod--> freezing --exit 0--> holding --thaw_pod--> thawing --exit--> ended
///                             |                                          ^
///                             +---- failed, lost; told to thaw and ended +
///
/// Guarantee: as that of `hook_executor`, by the post-hook's own exec.
struct direct_hook_executor_state {
  static constexpr const char* name = "direct_hook_executor";

  explicit direct_hook_executor_state(hook_executor_actor::pointer actor) : self{actor} {}

  hook_executor_actor::behavior_type make_behavior(operator_context context,
                                                   supervisor_actor parent, pod_session session);

  void freeze(k8s::timestamp not_after);
  void thaw(release how, std::string why);
  void begin_thaw(release how, std::string why);
  void run_post_hook();
  void open(const std::vector<std::string>& command, std::chrono::milliseconds deadline);
  void conclude(const k8s::exec_outcome& outcome);
  void conclude_freeze(const k8s::exec_outcome& outcome);
  void conclude_thaw(const k8s::exec_outcome& outcome);
  void check_deadline();
  void await(std::chrono::nanoseconds limit);
  void release_pod(release how, std::string cause);

  enum class phase { idle, freezing, holding, waiting_for_pre_hook, thawing, ended };

  hook_executor_actor::pointer self;
  operator_context context;
  supervisor_actor parent;
  pod_session session;
  phase at = phase::idle;
  int exec_number = 0; ///< of the exec whose news count
  std::shared_ptr<k8s::exec_session> stream;
  std::shared_ptr<output_tail> output = std::make_shared<output_tail>();
  std::optional<int> pre_exit, post_exit;
  release released_as = release::thawed; ///< if the post-hook succeeds
  std::string cause;                     ///< with it
  std::chrono::steady_clock::time_point began, give_up_at;
  std::optional<std::chrono::steady_clock::time_point> due;
};

hook_executor_actor::behavior_type
direct_hook_executor(self_of<hook_executor_actor, direct_hook_executor_state> self,
                     operator_context context, supervisor_actor parent, pod_session session);

} // namespace actors
