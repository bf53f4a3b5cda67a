#pragma once

#include "k8s/exec.hpp"
#include "k8s/object_meta.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace messages {

/// Open the freeze session of this executor's pod and run the pre-hook; answered by `pod_frozen` or
/// `pod_released`.
struct freeze_pod {
  k8s::timestamp not_after{}; ///< the session program freezes nothing after it
};

/// An earlier process may have frozen this executor's pod: end its session and run the post-hook;
/// answered by `pod_released`.
struct rescue_pod {};

/// Thaw now, whatever state the session is in; answered by `pod_released`. Repeating it is
/// harmless.
struct thaw_pod {};

/// Bytes from the container's side of the exec numbered `exec`.
struct exec_spoke {
  int exec = 0;
  k8s::exec_channel channel = k8s::exec_channel::standard_output;
  std::string bytes;
};

/// The exec numbered `exec` is over.
struct exec_ended {
  int exec = 0;
  k8s::exec_outcome outcome;
};

/// The pre-hook succeeded and the session holds the freeze.
struct pod_frozen {
  std::size_t pod = 0; ///< index in the plan's pods
  k8s::timestamp at{};
  std::chrono::milliseconds took{}; ///< from the begin of the pre-hook
};

/// The session's stream ended without its last line; whether the pod is frozen is unknown until
/// `pod_released` follows.
struct session_lost {
  std::size_t pod = 0;
  std::string cause;
};

/// How a pod came to be not frozen any more (or never was).
enum class release {
  never_frozen, ///< no hook has run in the pod: refused, late, or the command could not be started
  thawed,       ///< asked to, the post-hook succeeded, the session lived until then
  pre_hook_failed, ///< the pre-hook failed; the post-hook ran
  thawed_itself, ///< end-of-file, timer or a lost client thawed before we asked; the post-hook ran
  post_hook_failed, ///< the post-hook ran and failed; the application may need help
  rescued,          ///< the session was lost; a second exec ended it and ran the post-hook
  unconfirmed, ///< the session was lost and no rescue succeeded within the limit; the in-pod timer
               ///< remains
};

/// What the pod's own `hook-probe` said.
struct pod_probed {
  std::size_t pod = 0; ///< index in the plan's pods
  bool is_to_be_frozen = false;
  std::string problem;    ///< it said nothing: why, in words
  bool may_clear = false; ///< with a problem: another try may do better
};

/// The executor's last word on its pod.
struct pod_released {
  std::size_t pod = 0;
  release how = release::unconfirmed;
  std::optional<int> pre_exit, post_exit;
  std::string cause;  ///< why, in words: `pre-hook exited with 1`, `connection reset`
  std::string output; ///< of hooks and client, its end; for the status only, never logged
  k8s::timestamp at{};
};

} // namespace messages
