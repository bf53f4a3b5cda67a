#pragma once

#include "k8s/curl_exchange.hpp"
#include "k8s/socket_watch.hpp"

#include <functional>

namespace k8s {

/// A curl multi handle driven by the loop: its sockets, its timer, its connections. A silent peer
/// is found by TCP probes within 15 s. Of the loop's thread alone.
class curl_lane {
public:
  /// `on_progress` comes after curl has done something, outside of curl.
  curl_lane(event_loop& loop, long idle_connections, std::function<void(curl_lane&)> on_progress);
  ~curl_lane();
  curl_lane(const curl_lane&) = delete;
  curl_lane& operator=(const curl_lane&) = delete;

  /// 0: as many connections as there are calls.
  void limit_connections(long per_host);
  void add(exchange& call);
  void remove(exchange& call);
  /// The next call that has ended, with how it ended; or none.
  std::pair<exchange*, CURLcode> next_finished();

private:
  static int on_watch(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);
  static int on_close(void* self, curl_socket_t socket);
  void drive(curl_socket_t socket, int readiness);

  event_loop& loop_;
  std::function<void(curl_lane&)> on_progress_;
  event_loop::timer timer_;
  socket_watch sockets_;
  CURLM* multi_ = curl_multi_init();
  long connections_per_host_ = 0;
};

} // namespace k8s
