#pragma once

#include "actors/freeze_session/session_script.hpp"
#include "actors/volume_backup/observed.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace actors {

/// What a hook executor needs to know of its pod.
struct pod_session {
  std::size_t pod = 0; ///< index in the plan's pods
  k8s::object_key key;
  std::string container;
  std::string id;                    ///< of the freeze session, unique per backup and pod
  freeze_session::session_plan plan; ///< `not_after` comes with the command to freeze
  std::vector<std::string> pre_arguments, post_arguments; ///< without a shell: these and no session
  bool has_shell = true;
  std::chrono::milliseconds thaw_limit{}; ///< until a thaw must be confirmed; then the rescue runs
};

/// Pure. Precondition: planned, `pod` is an index of the plan's pods.
pod_session session_of(const observed& world, std::size_t pod);

} // namespace actors
