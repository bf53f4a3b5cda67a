#pragma once

#include "tests/kubesim/auth/pki.hpp"
#include "tests/kubesim/http/api_service.hpp"
#include "tests/kubesim/http/upgrade.hpp"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace kubesim::http {

/// Where the text of a container's log goes. Kept by the kubelet as long as it has more to say; the
/// answer ends when the last owner lets go.
class log_sink {
public:
  virtual ~log_sink() = default;
  virtual void write(std::string_view text) = 0;
  /// Only before the first write.
  virtual void refuse(const refusal& why) = 0;
  /// The client is gone: nobody reads any more.
  virtual bool is_closed() const = 0;
};

struct log_request {
  object_ref pod;
  query parameters; ///< container, follow, tailLines, previous, timestamps, ...
};

using log_handler = std::function<void(const log_request&, std::shared_ptr<log_sink>)>;

struct tls_identity {
  key_pair server;
  std::string client_authority; ///< PEM: who signs client certificates
};

struct server_options {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;          ///< 0: any free one
  std::optional<tls_identity> tls; ///< plain TCP without
  exec_handler exec;
  log_handler log;
  std::function<void(const json& entry)> log_request_line; ///< may be empty
};

/// The API server's HTTP side. Listens from construction on; all callbacks on the loop's thread.
class server {
public:
  server(boost::asio::io_context& loop, served_cluster cluster, server_options options);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server();

  std::uint16_t port() const;
  /// Stops listening and closes every connection; nothing calls back afterwards.
  void stop();

private:
  struct listener;
  std::shared_ptr<listener> listener_;
};

} // namespace kubesim::http
