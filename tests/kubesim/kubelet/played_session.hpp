#pragma once

#include "tests/kubesim/kubelet/exec_protocol.hpp"
#include "tests/kubesim/kubelet/frame_connection.hpp"
#include "tests/kubesim/kubelet/timers.hpp"

#include <memory>
#include <string>
#include <vector>

namespace kubesim {

/// Whether an exec's command is a freeze session or its rescue.
bool is_freeze_session(const std::vector<std::string>& command);

/// Plays the part of docs/design/0002-freeze-session.md without any process: hooks succeed at once,
/// the timer, the end of input and `not-after` are kept. A rescue finds nothing and thaws. For
/// measurements with thousands of sessions.
void play_session(timers clock, std::shared_ptr<frame_connection> connection,
                  exec_protocol protocol);

} // namespace kubesim
