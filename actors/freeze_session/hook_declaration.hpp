#pragma once

#include "k8s/resources/pod.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace freeze_session {

/// The annotations by which a pod declares its hooks. `backups.example.com/...` means the same.
namespace annotation {
inline constexpr std::string_view pre_hook = "backups.example.com.pre-hook";
inline constexpr std::string_view post_hook = "backups.example.com.post-hook";
inline constexpr std::string_view hook_session = "backups.example.com.hook-session";
inline constexpr std::string_view hook_ready = "backups.example.com.hook-ready";
inline constexpr std::string_view hook_preset = "backups.example.com.hook-preset";
inline constexpr std::string_view hook_container = "backups.example.com.hook-container";
inline constexpr std::string_view hook_timeout = "backups.example.com.hook-timeout";
inline constexpr std::string_view hook_pods = "backups.example.com.hook-pods";
inline constexpr std::string_view hook_probe = "backups.example.com.hook-probe";
inline constexpr std::string_view default_container = "kubectl.kubernetes.io/default-container";
} // namespace annotation

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
};

/// What a pod declares: hooks, none, or problems that preflight must refuse. A problem names the
/// pod, the annotation and the remedy, never the text of a command.
struct declared_hooks {
  std::optional<hook_declaration> hooks;
  std::vector<std::string> problems;
};
declared_hooks declared_hooks_of(const k8s::pod& pod);

/// The container in which the hooks run: the annotated one, else kubectl's default, else the first
/// that mounts one of `claims`. Exactly one of the two is set.
struct chosen_container {
  std::string name;
  std::string problem;
};
chosen_container hook_container_of(const k8s::pod& pod, const std::set<std::string>& claims);

} // namespace freeze_session
