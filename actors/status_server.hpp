#pragma once

#include "k8s/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace k8s {
class event_loop;
}

namespace actors {

/// What a path answers: HTTP status and text.
struct status_page {
  int status = 200;
  std::string body;
};

/// Serves a few read-only pages over plain HTTP on the event loop, so that a stuck loop fails its
/// liveness probe. Pages are made on the loop's thread. Destroyed before the loop.
class status_server {
public:
  using pages = std::map<std::string, std::function<status_page()>>;

  virtual ~status_server() = default;
  /// The port in use, for an address with port 0.
  virtual unsigned short port() const = 0;

  /// `address`: `HOST:PORT` or `:PORT` for all addresses. Fails with `configuration` if it makes no
  /// sense or cannot be bound.
  static k8s::result<std::shared_ptr<status_server>>
  listen(k8s::event_loop& loop, const std::string& address, pages served);
};

} // namespace actors
