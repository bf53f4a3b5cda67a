#pragma once

#include "k8s/object_meta.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k8s {

class event_loop;
struct connection_config;

struct exec_request {
  object_key pod;
  std::string
      container; ///< always named: the server does not read the default-container annotation
  std::vector<std::string> command;
  bool with_stdin = false;
  std::chrono::milliseconds open_deadline{10'000}; ///< until the protocol is agreed
  std::chrono::milliseconds deadline{60'000};      ///< hard end of the whole session
  std::chrono::milliseconds ping_interval{5'000};  ///< a peer silent for two of these is lost
};

enum class exec_channel { standard_output, standard_error };

/// The process ended and the server said so: the only proof of an exit code.
struct exec_exited {
  int exit_code = 0; ///< 128+N for signal N
};
/// It never ran: refused before the upgrade, or the runtime could not start it.
struct exec_refused {
  error cause;
};
/// The stream ended without a final status: the process may still run, its result is unknown.
struct exec_lost {
  error cause;
};
using exec_outcome = std::variant<exec_exited, exec_refused, exec_lost>;

struct exec_handlers {
  /// The protocol in use: `v5.channel.k8s.io` or `v4.channel.k8s.io`. With v4 standard input cannot
  /// be closed alone.
  std::function<void(std::string_view protocol)> on_open;
  std::function<void(exec_channel channel, std::string_view bytes)>
      on_output; ///< unbounded: the receiver keeps what it wants
  std::function<void(exec_outcome outcome)> on_done; ///< exactly once, last
};

/// One command in one container over WebSocket. Handlers run on the loop's thread. Methods from any
/// thread; after `on_done` they do nothing. Destroying the session closes it without a further
/// callback.
class exec_session {
public:
  virtual ~exec_session() = default;
  /// Bytes for standard input; kept until the connection is open.
  virtual void write(std::string bytes) = 0;
  /// v5: half-close. v4: nothing (the protocol has no such frame).
  virtual void close_stdin() = 0;
  /// Drops the connection at once; `on_done` comes with `exec_lost` and `errc::cancelled`.
  virtual void abandon() = 0;
};

/// Opens exec sessions; the seam that tests replace.
class exec_opener {
public:
  virtual ~exec_opener() = default;
  virtual std::shared_ptr<exec_session> open(exec_request what, exec_handlers handlers) = 0;
};

/// Exec over TLS (or plain TCP) and HTTP/1.1 Upgrade, v5 and v4; TLS sessions are reused.
std::unique_ptr<exec_opener> make_websocket_exec(event_loop& loop,
                                                 std::shared_ptr<const connection_config> config);

} // namespace k8s
