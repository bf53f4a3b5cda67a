#pragma once

#include "tests/k8s/tls_identity.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace k8s::testing {

/// The server's side of one connection, for a script that plays an API server: every call waits
/// until it has happened, on the thread of this connection. A call on a connection that is gone
/// does nothing.
class websocket_peer {
public:
  virtual ~websocket_peer() = default;

  virtual std::string target() const = 0;
  virtual std::string header(std::string_view name) const = 0;
  virtual bool is_resumed_tls() const = 0;
  virtual std::string tls_client_name() const = 0; ///< common name of the client's certificate
  virtual std::string tls_server_name() const = 0; ///< asked for by the client (SNI)

  virtual void accept(const std::string& protocol) = 0; ///< answers 101; empty: without a protocol
  virtual void decline(int status, const std::string& content_type, const std::string& body) = 0;
  virtual void send(const std::string& message) = 0;
  virtual void send_raw(std::string_view bytes) = 0; ///< instead of `accept`
  virtual std::optional<std::string> receive()
      = 0;                                   ///< the next message; empty when there will be none
  virtual void receive_pings(int count) = 0; ///< answers them
  virtual void close() = 0;                  ///< with a close frame 1000
  virtual void cut() = 0;                    ///< without one
  virtual void ignore_until_gone() = 0;      ///< answers nothing, not even a ping
};

using peer_script = std::function<void(websocket_peer& peer)>;

/// Runs the script for each connection, after its request head has been read. Ends all connections
/// when destroyed.
class websocket_server {
public:
  explicit websocket_server(peer_script script, std::optional<tls_identity> identity = {});
  ~websocket_server();

  std::string url() const; ///< `https://127.0.0.1:PORT` or `http://...`

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace k8s::testing
