#include "k8s/curl_lane.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace k8s {

namespace {

/// 5 s of silence, then a probe every 2 s: unanswered for 10 s in all, the connection is over. The
/// same for bytes sent.
int on_made(void*, curl_socket_t socket, curlsocktype) {
  const auto set = [socket](int level, int option, int value) {
    setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
  return CURL_SOCKOPT_OK;
}

} // namespace

curl_lane::curl_lane(event_loop& loop, long idle_connections,
                     std::function<void(curl_lane&)> on_progress)
    : loop_{loop},
      on_progress_{std::move(on_progress)},
      sockets_{loop, [this](int socket, unsigned readiness) {
                 drive(socket,
                       readiness == socket_watch::readable ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
               }} {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &curl_lane::on_watch);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &curl_lane::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

curl_lane::~curl_lane() {
  curl_multi_cleanup(multi_);
}

void curl_lane::limit_connections(long per_host) {
  if (std::exchange(connections_per_host_, per_host) != per_host)
    curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, per_host);
}

void curl_lane::add(exchange& call) {
  CURL* easy = call.easy.get();
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_made);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &curl_lane::on_close);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  curl_multi_add_handle(multi_, easy);
}

void curl_lane::remove(exchange& call) {
  curl_multi_remove_handle(multi_, call.easy.get());
}

std::pair<exchange*, CURLcode> curl_lane::next_finished() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    const CURLcode code = message->data.result;
    char* finished = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &finished);
    return {reinterpret_cast<exchange*>(finished), code};
  }
  return {nullptr, CURLE_OK};
}

void curl_lane::drive(curl_socket_t socket, int readiness) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, readiness, &running);
  on_progress_(*this);
}

int curl_lane::on_watch(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& sockets = static_cast<curl_lane*>(self)->sockets_;
  if (what == CURL_POLL_REMOVE) {
    sockets.forget(socket);
    return 0;
  }
  unsigned interest = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    interest |= socket_watch::readable;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    interest |= socket_watch::writable;
  sockets.watch(socket, interest);
  return 0;
}

int curl_lane::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& lane = *static_cast<curl_lane*>(self);
  if (timeout_ms < 0)
    lane.timer_.cancel();
  else
    lane.timer_ = lane.loop_.run_after(std::chrono::milliseconds{timeout_ms},
                                       [&lane] { lane.drive(CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

int curl_lane::on_close(void* self, curl_socket_t socket) {
  static_cast<curl_lane*>(self)->sockets_.forget(socket);
  return close(socket);
}

} // namespace k8s
