#pragma once

#include "tests/k8s/tls_identity.hpp"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k8s::testing {

struct seen_request {
  std::string method, target, body;
  std::map<std::string, std::string> headers; ///< names in lower case
  int connection = 0;                         ///< the first is 1
};

/// The server's end while one request is answered.
class answering {
public:
  virtual ~answering() = default;
  /// Bytes as they are, status line and all.
  virtual void send(std::string_view raw) = 0;
  /// Ends the connection without a word.
  virtual void drop() = 0;
  /// Returns when the client has closed its end.
  virtual void await_close() = 0;

  void json(int status, const nlohmann::json& body, std::string_view more_headers = {});
  void text(int status, std::string_view body);
  /// A Status with its code.
  void status(int code, std::string_view reason, std::string_view message);
  void begin_stream();
  void chunk(std::string_view bytes);
  void event(std::string_view type, const nlohmann::json& object);
  void end_stream();
};

/// Runs on a thread of the connection; may block.
using answer_script = std::function<void(const seen_request&, answering&)>;

/// An HTTP/1.1 server in this process whose answers a test writes. Each connection has a thread.
/// Scripts must have something that ends them before the server is destroyed.
class scripted_server {
public:
  explicit scripted_server(answer_script script, std::optional<tls_identity> identity = {});
  ~scripted_server();

  std::string url() const;
  std::vector<seen_request> seen() const;
  std::size_t connections() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Holds a script, or a test, until the other side opens it.
class gate {
public:
  void open();
  /// False if it stayed shut for 20 s.
  [[nodiscard]] bool wait();

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_ = false;
};

} // namespace k8s::testing
