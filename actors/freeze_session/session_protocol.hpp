#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace freeze_session {

/// Timer, end-of-file and thaw line are armed; the pre-hook starts.
struct armed {
  bool operator==(const armed&) const = default;
};
/// The pre-hook succeeded, or the client said that it is ready.
struct frozen {
  std::chrono::milliseconds after_go{};
  bool operator==(const frozen&) const = default;
};
inline constexpr std::string_view refused_late = "late";

/// Nothing was frozen, there is nothing to thaw. `why` is `refused_late` or `protocol <what>`.
struct refused {
  std::string why;
  bool operator==(const refused&) const = default;
};
/// The pre-hook ended by itself. A post-hook follows unless the code is 0.
struct pre_ended {
  int exit_code = 0;
  bool operator==(const pre_ended&) const = default;
};
/// The client ended unasked; the lock went with it.
struct client_lost {
  int exit_code = 0;
  bool operator==(const client_lost&) const = default;
};

enum class thaw_cause {
  line,          ///< the thaw line
  end_of_input,  ///< the stream ended
  timer,         ///< max-freeze
  pre_failed,    ///< the pre-hook failed
  client_lost,   ///< the client ended unasked
  terminated,    ///< a signal from outside
  session_killed ///< the main part of the program was killed; its guard thawed
};
std::string_view to_string(thaw_cause cause);

/// Last line of every session that was armed. `post_exit` is 124 if the post-hook was ended at its
/// limit; in client mode it is the exit code of the client.
struct thawed {
  thaw_cause cause = thaw_cause::line;
  int post_exit = 0;
  std::chrono::milliseconds after_go{};
  bool operator==(const thawed&) const = default;
};

/// Rescue: it has begun, and does nothing until it is sent `thaw_line`.
struct rescue_here {
  bool operator==(const rescue_here&) const = default;
};
/// Rescue: so many processes of the session were still there.
struct rescue_found {
  int processes = 0;
  bool operator==(const rescue_found&) const = default;
};
/// Rescue: program and client are gone and the post-hook has run (client mode: 0, nothing to run).
struct rescue_thawed {
  int post_exit = 0;
  bool operator==(const rescue_thawed&) const = default;
};

/// A line that no session writes; the container's shell or runtime did. Its first 200 bytes.
struct protocol_violation {
  std::string line;
  bool operator==(const protocol_violation&) const = default;
};

using session_fact = std::variant<armed, frozen, refused, pre_ended, client_lost, thawed,
                                  rescue_here, rescue_found, rescue_thawed, protocol_violation>;

/// Standard output of a session or rescue, in chunks of any size, to facts. Keeps 4 KiB at most.
class session_parser {
public:
  std::vector<session_fact> feed(std::string_view bytes);

private:
  std::string line_;
};

/// One line without its newline.
session_fact parse_session_line(std::string_view line);

} // namespace freeze_session
