#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// What the server asks of the launcher, and what the launcher reports. A request travels as one
/// packet whose descriptors are a memory file with its JSON (so that it may have any size) and,
/// where a process is started, the three standard streams. A report is one packet of JSON.
namespace kubesim {

using process_id = std::uint64_t;

enum class request_kind { sandbox, drop_sandbox, container, exec, plain, connect, signal };

NLOHMANN_JSON_SERIALIZE_ENUM(request_kind, {{request_kind::sandbox, "sandbox"},
                                            {request_kind::drop_sandbox, "drop-sandbox"},
                                            {request_kind::container, "container"},
                                            {request_kind::exec, "exec"},
                                            {request_kind::plain, "plain"},
                                            {request_kind::connect, "connect"},
                                            {request_kind::signal, "signal"}})

struct process_spec {
  std::vector<std::string> arguments{};
  std::vector<std::string> environment{}; ///< NAME=value
  std::string working_directory = "/";
  int user = -1, group = -1; ///< -1: root
  bool has_terminal = false; ///< standard input is a terminal and becomes the controlling one
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(process_spec, arguments, environment, working_directory, user,
                                   group, has_terminal)

/// What the containers of a pod share.
struct sandbox_spec {
  std::string hostname{}, address{}; ///< the address is added to the loopback device
  bool shares_host_network = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(sandbox_spec, hostname, address, shares_host_network)

struct bind_mount {
  std::string source{}, target{};
  bool read_only = false;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(bind_mount, source, target, read_only)

struct own_directory {
  std::string path{};
  unsigned mode = 0755;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(own_directory, path, mode)

/// The machine's own system directories, private everything else, and what is mounted on top.
struct root_spec {
  std::string
      staging; ///< an empty directory; each container mounts its own root there, unseen by others
  std::vector<own_directory> directories{}; ///< created in order
  std::vector<bind_mount> mounts{};         ///< in order; targets are created
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(root_spec, staging, directories, mounts)

struct connect_spec {
  std::string address{};
  int port = 0;
  int timeout_ms = 1000;
  std::string http_request{}; ///< empty: a connection is enough; else the answer must be 2xx or 3xx
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(connect_spec, address, port, timeout_ms, http_request)

struct launch_request {
  request_kind kind = request_kind::plain;
  process_id id = 0;     ///< of the new process; for `signal` of the receiver
  std::string sandbox{}; ///< of the pod
  process_id joins = 0;  ///< exec: the container
  int signal = 0;
  sandbox_spec sandbox_to_make{};
  process_spec process{};
  root_spec root{};
  connect_spec connection{};
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(launch_request, kind, id, sandbox, joins, signal,
                                   sandbox_to_make, process, root, connection)

enum class report_kind { ready, started, failed, exited, sandbox_made };

NLOHMANN_JSON_SERIALIZE_ENUM(report_kind, {{report_kind::ready, "ready"},
                                           {report_kind::started, "started"},
                                           {report_kind::failed, "failed"},
                                           {report_kind::exited, "exited"},
                                           {report_kind::sandbox_made, "sandbox-made"}})

struct launch_report {
  report_kind kind = report_kind::ready;
  process_id id = 0;
  int pid = 0;
  int exit_code = 0;     ///< 128 + signal if a signal ended it
  std::string problem{}; ///< of `failed`
  int error_number = 0;  ///< of a failed execve
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(launch_report, kind, id, pid, exit_code, problem, error_number)

} // namespace kubesim
