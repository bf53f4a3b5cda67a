#include "k8s/socket_watch.hpp"

#include "k8s/event_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace k8s {

namespace asio = boost::asio;

struct socket_watch::watched {
  watched(event_loop& loop, int socket) : descriptor{loop.context(), socket} {}
  ~watched() { descriptor.release(); }

  asio::posix::stream_descriptor descriptor;
  unsigned interest = 0;
  unsigned awaited = 0; ///< waits in flight
  bool is_forgotten = false;
};

socket_watch::socket_watch(event_loop& loop, on_ready then) : loop_{loop}, then_{std::move(then)} {}

socket_watch::~socket_watch() {
  while (!sockets_.empty())
    forget(sockets_.begin()->first);
}

void socket_watch::watch(int socket, unsigned interest) {
  auto& entry = sockets_[socket];
  if (!entry)
    entry = std::make_shared<watched>(loop_, socket);
  entry->interest = interest;
  arm(entry);
}

void socket_watch::forget(int socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end())
    return;
  const auto entry = std::move(found->second);
  sockets_.erase(found);
  entry->is_forgotten = true;
  // The waits end as cancelled; the descriptor itself stays with its owner.
  entry->descriptor.release();
}

void socket_watch::arm(const std::shared_ptr<watched>& entry) {
  for (const unsigned readiness : {readable, writable})
    if ((entry->interest & readiness) && !(entry->awaited & readiness))
      await(entry, readiness);
}

void socket_watch::await(const std::shared_ptr<watched>& entry, unsigned readiness) {
  using wait = asio::posix::stream_descriptor;
  entry->awaited |= readiness;
  entry->descriptor.async_wait(readiness == readable ? wait::wait_read : wait::wait_write,
                               [this, entry, readiness](const boost::system::error_code& failure) {
                                 entry->awaited &= ~readiness;
                                 // Forgotten: `this` may be gone.
                                 if (failure || entry->is_forgotten
                                     || !(entry->interest & readiness))
                                   return;
                                 then_(entry->descriptor.native_handle(), readiness);
                                 if (!entry->is_forgotten)
                                   arm(entry);
                               });
}

} // namespace k8s
