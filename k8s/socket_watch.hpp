#pragma once

#include <functional>
#include <memory>
#include <unordered_map>

namespace k8s {

class event_loop;

/// Tells when sockets that somebody else owns can be read or written. Used on the loop's thread
/// alone.
class socket_watch {
public:
  /// Bits of an interest or a readiness.
  static constexpr unsigned readable = 1, writable = 2;
  using on_ready = std::function<void(int socket, unsigned readiness)>;

  socket_watch(event_loop& loop, on_ready then);
  ~socket_watch();
  socket_watch(const socket_watch&) = delete;
  socket_watch& operator=(const socket_watch&) = delete;

  /// From now on reports this, again and again as long as it holds.
  void watch(int socket, unsigned interest);
  /// To be called before the socket is closed. Unknown sockets are welcome.
  void forget(int socket);

private:
  struct watched;
  void arm(const std::shared_ptr<watched>& entry);
  void await(const std::shared_ptr<watched>& entry, unsigned readiness);

  event_loop& loop_;
  on_ready then_;
  std::unordered_map<int, std::shared_ptr<watched>> sockets_;
};

} // namespace k8s
