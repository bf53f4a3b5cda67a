#pragma once

#include "k8s/result.hpp"
#include "k8s/server_address.hpp"
#include "k8s/transport.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace k8s {

class tls_context;

struct upgrade_request {
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds ping_interval;
};

/// Whom a connection tells. May call the connection back, also `drop` and `leave`.
class exec_connection_observer {
public:
  virtual void on_sending_upgrade() = 0; ///< from here on the server may act on the request
  virtual void on_upgraded(std::string protocol) = 0;
  virtual void on_declined(response answer) = 0;
  virtual void on_message(std::string_view message) = 0;
  virtual void on_written() = 0;
  virtual void on_end(errc cause, std::string detail) = 0; ///< last, also after a clean close

protected:
  ~exec_connection_observer() = default;
};

/// One WebSocket to the API server: resolve, connect, TLS, upgrade, messages, pings. On the loop's
/// thread only; keeps itself alive while operations run.
class exec_connection {
public:
  virtual ~exec_connection() = default;
  virtual void open(upgrade_request request) = 0;
  /// One at a time: the next after `on_written`.
  virtual void write(std::string message) = 0;
  /// Closes at once and tells nothing any more.
  virtual void drop() = 0;
  /// Tells nothing any more, but lets the server close in peace for a moment.
  virtual void leave() = 0;
};

/// `tls` null: plain TCP. The observer must live until it gets `on_end` or calls `drop` or `leave`.
std::shared_ptr<exec_connection> make_exec_connection(boost::asio::io_context& context,
                                                      const server_address& address,
                                                      std::shared_ptr<tls_context> tls,
                                                      exec_connection_observer& observer);

} // namespace k8s
