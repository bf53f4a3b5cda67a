#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <chrono>
#include <csignal>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <sys/types.h>
#include <variant>
#include <vector>

namespace kubesim {

/// What passes the seam: a request before it is served, one event of a watch before it is sent, one
/// frame of an exec session.
struct passage {
  enum class point { request, watch_event, exec_frame } at = point::request;
  std::string user, verb, resource, subresource, name_space, name;
};

/// What happens to a passage.
struct pass {};
struct delay {
  std::chrono::milliseconds time;
};
/// The answer is this Status instead.
struct refuse {
  refusal why;
};
/// The connection is closed without the request being served (or the event, frame is lost and the
/// connection with it).
struct drop_before {};
/// The request is served, then the connection is closed instead of the answer.
struct drop_after {};
/// The request is served at once, its answer comes late.
struct delay_after {
  std::chrono::milliseconds time;
};
/// Half of the answer comes, then the connection is closed.
struct truncate {};
/// A list as it was before the last changes of its kind: from a cache that is behind.
struct be_stale {
  std::size_t changes;
};
/// A watch event or frame that never arrives; the connection stays.
struct swallow {};
/// A watch event that comes twice.
struct repeat {};
/// A watch that says nothing more, no bookmark and no end either; the connection stays.
struct fall_silent {};

using fault = std::variant<pass, delay, refuse, drop_before, drop_after, delay_after, truncate,
                           be_stale, swallow, repeat, fall_silent>;

/// One rule: which passages it hits, and what it does to them. Texts are regular expressions that
/// must match as a whole; an absent one matches everything.
struct fault_rule {
  std::string id;
  passage::point at = passage::point::request;
  std::optional<std::regex> user, verb, resource, subresource, name_space, name;
  std::uint64_t first = 1;            ///< the occurrence from which it hits, counted from 1
  std::optional<std::uint64_t> times; ///< how many it hits; without: all
  fault action = pass{};
  std::optional<pid_t> kills; ///< a process that gets a signal at that very moment
  int with_signal = SIGKILL;
  std::uint64_t seen = 0; ///< matching passages so far
};

/// The one seam through which every request, watch event and exec frame goes: counts them, and does
/// to them what the rules say. The first rule that hits decides.
class fault_plan {
public:
  fault next(const passage& what);

  void add(fault_rule rule) { rules_.push_back(std::move(rule)); }
  void clear() { rules_.clear(); }
  const std::vector<fault_rule>& rules() const { return rules_; }

  /// Passages so far, by `request get pods`, `watch_event watch pods`, ...
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
  void reset_counts() { counts_.clear(); }

private:
  std::vector<fault_rule> rules_;
  std::map<std::string, std::uint64_t> counts_;
};

/// From the control route's JSON:
/// `{"at":"request","verb":"patch","resource":"volumesnapshots","first":2,
/// "times":1,"action":{"status":503,"message":"..."}}`; actions: `{"delay":ms}`,
/// `{"delayAfter":ms}`, `{"status":code}`, `{"drop":"before"|"after"}`, `{"truncate":true}`,
/// `{"stale":CHANGES}`,
/// `{"swallow":true}`, `{"repeat":true}`, `{"fallSilent":true}`, `{"pass":true}`. `"kill":PID`
/// kills a process first, or sends it another `"signal":NUMBER`. The second is what is wrong with
/// it.
std::variant<fault_rule, std::string> parse_fault_rule(const json& rule);

} // namespace kubesim
