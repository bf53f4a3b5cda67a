#pragma once

#include "actors/context.hpp"
#include "actors/freeze_session/session_protocol.hpp"
#include "actors/output_tail.hpp"
#include "actors/volume_backup/pod_session.hpp"

#include <memory>
#include <optional>
#include <string>

namespace actors {

/// Freezes, holds and thaws one pod.
///
///     idle --freeze_pod--> holding --thaw_pod--> thawing --@freeze thawed--> ended
///                             |                     |                          ^
///                             +---- stream lost ----+--> rescuing --@rescue ---+
///
/// `rescue_pod` leads from idle straight to rescuing.
///
/// Guarantee: after `freeze_pod`, `thaw_pod` or `rescue_pod` exactly one `pod_released` is sent, at
/// the latest `max_freeze` plus twice the thaw limit after the stream was lost, or with the rescue
/// that runs then; then it ends. The pod itself thaws by end-of-file or timer whatever happens
/// here.
struct hook_executor_state {
  static constexpr const char* name = "hook_executor";

  explicit hook_executor_state(hook_executor_actor::pointer actor) : self{actor} {}

  hook_executor_actor::behavior_type make_behavior(operator_context context,
                                                   supervisor_actor parent, pod_session session);

  void freeze(k8s::timestamp latest);
  void thaw();
  void open(std::vector<std::string> command, std::string input,
            std::chrono::milliseconds deadline);
  void hear(const exec_spoke& news);
  void conclude(const k8s::exec_outcome& outcome);
  void rescue(std::string why);
  void retry_rescue(const std::string& why);
  bool may_still_begin() const;
  void drop_stream();
  void check_deadline();
  void release_pod(release how, std::string cause);
  void await(std::chrono::nanoseconds limit);

  // What the session says.
  void note(const freeze_session::armed&) { is_armed = true; }
  void note(const freeze_session::frozen& fact);
  void note(const freeze_session::refused& fact);
  void note(const freeze_session::pre_ended& fact) { pre_exit = fact.exit_code; }
  void note(const freeze_session::client_lost& fact);
  void note(const freeze_session::thawed& fact);
  void note(const freeze_session::rescue_here&);
  void note(const freeze_session::rescue_found&) {}
  void note(const freeze_session::rescue_thawed& fact);
  void note(const freeze_session::protocol_violation& fact);

  enum class phase { idle, holding, thawing, rescuing, ended };

  hook_executor_actor::pointer self;
  operator_context context;
  supervisor_actor parent;
  pod_session session;
  phase at = phase::idle;
  int exec_number = 0; ///< of the exec whose news count; what older ones say is stale
  std::shared_ptr<k8s::exec_session> stream;
  freeze_session::session_parser parser;
  std::shared_ptr<output_tail> output = std::make_shared<output_tail>();
  bool is_armed = false;
  k8s::timestamp not_after{}; ///< nothing is frozen by this executor's exec at or after it
  std::optional<int> pre_exit, post_exit;
  std::string lost_because; ///< why the rescue runs
  std::optional<std::chrono::steady_clock::time_point> due, rescue_until;
  std::chrono::milliseconds rescue_patience{}; ///< until the next rescue says that it is there
  bool rescue_was_told = false;                ///< to thaw, and has not said that it did
  bool is_last_rescue = false;
};

hook_executor_actor::behavior_type
hook_executor(self_of<hook_executor_actor, hook_executor_state> self, operator_context context,
              supervisor_actor parent, pod_session session);

} // namespace actors
