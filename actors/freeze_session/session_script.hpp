#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace freeze_session {

/// What the hook texts are: shell commands, or lines for the standard input of a client.
enum class session_mode { shell, client };

/// All that one session is told; see docs/design/0002-freeze-session.md.
struct session_plan {
  std::chrono::sys_seconds not_after; ///< nothing is frozen at or after this time
  std::chrono::milliseconds max_freeze{std::chrono::seconds{60}};
  std::chrono::milliseconds post_limit{std::chrono::seconds{30}}; ///< for the post-hook
  session_mode mode = session_mode::shell;
  std::string client; ///< client mode: the command of the client
  std::string ready;  ///< client mode: the line of its output that means frozen
  std::string pre, post;
};

struct rescue_plan {
  std::chrono::milliseconds post_limit{std::chrono::seconds{30}};
  /// How long a session program that still lives may take to thaw by itself.
  std::chrono::milliseconds patience{std::chrono::seconds{5}};
  session_mode mode = session_mode::shell;
  std::string post; ///< shell mode only
};

/// `<backup uid>.<attempt>.<pod>`, by which a rescue finds the session. `pod` is the pod's index in
/// the backup's status: several may share a process namespace.
std::string session_id(std::string_view backup_uid, std::int64_t attempt, std::size_t pod);

/// The command of the exec. `id` has only letters, digits, `.`, `-` and `_`.
std::vector<std::string> session_command(std::string_view id);
/// Its standard input: program, plan and `go`. The stream stays open; `thaw_line` or its end thaws.
std::string session_input(const session_plan& plan);
inline constexpr std::string_view thaw_line = "thaw\n";

std::vector<std::string> rescue_command(std::string_view id);
/// Program, plan and `go`. `thaw_line` is for a rescue that has said that it is there: one that
/// comes late must not be told.
std::string rescue_input(const rescue_plan& plan);

} // namespace freeze_session
