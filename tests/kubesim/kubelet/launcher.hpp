#pragma once

#include "tests/kubesim/kubelet/launch_requests.hpp"
#include "tests/kubesim/kubelet/namespaces.hpp"

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace boost::asio {
class io_context;
}

namespace kubesim {

/// The server's side of the launcher process (see container_main.hpp). Reports come as calls to the
/// listener of the process: `started` then `exited`, or `failed` alone. All on the loop's thread.
class launcher {
public:
  using listener = std::function<void(const launch_report&)>;

  /// Starts `program`; throws std::runtime_error if it does not answer as a launcher.
  launcher(boost::asio::io_context& loop, const std::filesystem::path& program);
  launcher(const launcher&) = delete;
  launcher& operator=(const launcher&) = delete;
  /// Everything that was started dies with it.
  ~launcher();

  /// Answered by `sandbox_made`, with a problem if there is one.
  void make_sandbox(const std::string& name, const sandbox_spec& spec, listener on_report);
  void drop_sandbox(const std::string& name);

  /// Starts a process of the request's kind. The streams (-1: none) are duplicated, the
  /// caller keeps its own.
  process_id start(launch_request request, const std::array<int, 3>& streams, listener on_report);
  void signal(process_id process, int number);
  /// Its listener is not called any more.
  void forget(process_id process);

  /// Blocks, for the check at start: the first report on what was asked for last, or `failed` after
  /// the limit.
  launch_report wait_for_last(int limit_ms);

private:
  struct connection;
  std::shared_ptr<connection> connection_;
};

} // namespace kubesim
