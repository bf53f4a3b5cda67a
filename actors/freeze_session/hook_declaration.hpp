#pragma once

#include "actors/freeze_session/hook_annotations.hpp"
#include "k8s/resources/pod.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace freeze_session {

/// The line of a client's output that means frozen, if the pod names no other.
inline constexpr std::string_view default_ready = "READY";

/// All hook texts of one pod together.
inline constexpr std::size_t longest_hook_text = 64 * 1024;

enum class hook_mode {
  session, ///< shell commands inside one freeze session
  client,  ///< lines for a client that stays open inside the freeze session
  exec     ///< argument lists run without a shell; no session
};
/// As in `status.pods[].hook.mode`.
std::string_view to_string(hook_mode mode);

/// Which of the application's pods are frozen.
enum class hook_pods { all, one, probe };

struct hook_declaration {
  hook_mode mode = hook_mode::session;
  std::string client, ready;                        ///< hook_mode::client
  std::string pre, post;                            ///< hook_mode::session: commands; client: lines
  std::vector<std::string> pre_arguments;           ///< hook_mode::exec
  std::vector<std::string> post_arguments;          ///< hook_mode::exec
  std::string container;                            ///< as annotated; empty: by default
  std::optional<std::chrono::milliseconds> timeout; ///< empty: `timeouts.freeze`
  hook_pods pods = hook_pods::all;
  std::vector<std::string> probe_arguments; ///< hook_pods::probe: the command to run
  std::string preset;                       ///< that the texts come from, unless annotated; or none
};

/// What the hooks of a pod depend on besides the pod.
struct hook_setting {
  std::set<std::string> claims;           ///< of the backup
  std::chrono::milliseconds max_freeze{}; ///< of the backup
  std::string preset, container; ///< its provider's, for pods that carry no hook annotation at all
};

/// What a pod declares: hooks, none, or problems that preflight must refuse. A problem names the
/// pod, the annotation and the remedy, never the text of a command.
struct declared_hooks {
  std::optional<hook_declaration> hooks;
  std::vector<std::string> problems;
};
declared_hooks declared_hooks_of(const k8s::pod& pod, const hook_setting& setting);

/// The container in which the hooks run: the annotated one (or the provider's), else kubectl's
/// default, else the first that mounts one of the claims. Exactly one of the two is set.
struct chosen_container {
  std::string name;
  std::string problem;
};
chosen_container hook_container_of(const k8s::pod& pod, const hook_setting& setting);

} // namespace freeze_session
