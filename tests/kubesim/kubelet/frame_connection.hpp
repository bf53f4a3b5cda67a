#pragma once

#include <functional>
#include <memory>
#include <string>

namespace kubesim {

/// An upgraded WebSocket connection, seen as frames.
class frame_connection {
public:
  virtual ~frame_connection() = default;

  /// `on_frame` is called once per `read_next`; `on_gone` once, when the client has closed or is
  /// lost.
  virtual void listen(std::function<void(std::string)> on_frame, std::function<void()> on_gone) = 0;
  virtual void read_next() = 0;
  /// One after the other, in the order of the calls.
  virtual void send(std::string frame, std::function<void()> when_sent) = 0;
  /// Closes with code 1000 once everything is sent.
  virtual void close() = 0;
  /// Breaks it off.
  virtual void drop() = 0;
};

} // namespace kubesim
