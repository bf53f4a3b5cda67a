#pragma once

#include "tests/kubesim/faults/fault_plan.hpp"
#include "tests/kubesim/kubelet/container_run.hpp"
#include "tests/kubesim/kubelet/exec_protocol.hpp"
#include "tests/kubesim/kubelet/frame_connection.hpp"

#include <memory>
#include <string>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace kubesim {

struct exec_wishes {
  object_ref pod;
  std::string container;
  std::vector<std::string> command;
  bool wants_input = false, wants_output = false, wants_error = false, has_terminal = false;
};

/// What a session needs of its surroundings.
struct exec_place {
  boost::asio::io_context& loop;
  timers clock;
  fault_plan& faults;
};

/// Runs the command in the container and carries its streams over the connection. It lives as long
/// as the process: a client that goes away only ends standard input, the output is then dropped.
void run_exec_session(exec_place place, std::shared_ptr<frame_connection> connection,
                      exec_protocol protocol, exec_wishes wishes, container_run& container);

} // namespace kubesim
