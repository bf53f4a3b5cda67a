#pragma once

#include "tests/kubesim/api/registry.hpp"
#include "tests/kubesim/kubelet/exec_protocol.hpp"
#include "tests/kubesim/kubelet/frame_connection.hpp"
#include "tests/kubesim/kubelet/timers.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace kubesim {

/// Whether an exec's command is a freeze session or its rescue.
bool is_freeze_session(const std::vector<std::string>& command);

/// Hears `{"time":MS,"session":"frozen"|"thawed","why":...,"user":...,"namespace":...,"pod":...,
/// "id":...}`, the time in ms of Unix time.
using session_teller = std::function<void(const json& entry)>;

/// Of one exec.
struct session_name {
  std::string user; ///< who asked for it
  object_ref pod;
  std::string id; ///< the command's last argument: a rescue names the session that it is for
};

class played_session;

/// Plays the part of docs/design/0002-freeze-session.md without any process: hooks succeed at once
/// (but a pre-hook that begins with `sleep` hangs), the timer, the end of input and `not-after` are
/// kept, a rescue ends the sessions of its name. For thousands of sessions at a time.
class session_stage : public std::enable_shared_from_this<session_stage> {
public:
  session_stage(timers clock, session_teller tell);
  ~session_stage();

  void play(std::shared_ptr<frame_connection> connection, exec_protocol protocol,
            session_name name);

private:
  friend class played_session;

  void tell(const session_name& whose, const char* what, const char* why) const;
  /// How many there were.
  std::size_t thaw_all(const std::string& id);

  timers clock_;
  session_teller tell_;
  std::set<std::pair<std::string, played_session*>> frozen_; ///< by id
};

} // namespace kubesim
