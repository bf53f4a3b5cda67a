#include "tests/kubesim/http/server.hpp"

#include "tests/kubesim/http/connection_streams.hpp"
#include "tests/kubesim/http/tls.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <vector>

namespace kubesim::http {

namespace {

using boost::asio::ip::tcp;
using error = boost::system::error_code;

tcp::acceptor open(boost::asio::io_context& loop, const server_options& options) {
  tcp::endpoint where{boost::asio::ip::make_address(options.address), options.port};
  tcp::acceptor acceptor{loop};
  acceptor.open(where.protocol());
  acceptor.set_option(tcp::acceptor::reuse_address{true});
  acceptor.bind(where);
  acceptor.listen();
  return acceptor;
}

std::string address_of(const tcp::acceptor& acceptor) {
  auto where = acceptor.local_endpoint();
  return where.address().to_string() + ":" + std::to_string(where.port());
}

} // namespace

struct server::listener : std::enable_shared_from_this<server::listener> {
  listener(boost::asio::io_context& loop, served_cluster cluster, server_options options)
      : acceptor{open(loop, options)},
        tls{options.tls ? make_tls_context(*options.tls) : nullptr},
        core{std::make_shared<server_core>(loop, cluster, std::move(options),
                                           address_of(acceptor))} {}

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error failed, tcp::socket socket) {
      if (self->is_stopped)
        return;
      if (!failed)
        self->welcome(std::move(socket));
      self->accept();
    });
  }

  void welcome(tcp::socket socket) {
    error ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    plain_stream stream{std::move(socket)};
    if (!tls)
      return begin(std::make_unique<plain_stream>(std::move(stream)), {});
    auto secured = std::make_shared<tls_stream>(std::move(stream), *tls);
    handshake(std::move(secured));
  }

  void handshake(std::shared_ptr<tls_stream> stream) {
    boost::beast::get_lowest_layer(*stream).expires_after(std::chrono::seconds{30});
    auto& secured = *stream;
    secured.async_handshake(
        tls_stream::server, [self = shared_from_this(), stream = std::move(stream)](error failed) {
          if (failed || self->is_stopped)
            return;
          boost::beast::get_lowest_layer(*stream).expires_never();
          auto shown = peer_credentials(stream->native_handle());
          self->begin(std::make_unique<tls_stream>(std::move(*stream)), std::move(shown));
        });
  }

  template <class Stream>
  void begin(std::unique_ptr<Stream> stream, credentials shown) {
    auto made = std::make_shared<connection<Stream>>(std::move(stream), core, std::move(shown));
    std::erase_if(connections, [](const auto& weak) { return weak.expired(); });
    connections.push_back(made);
    made->read_request();
  }

  void stop() {
    is_stopped = true;
    error ignored;
    acceptor.close(ignored);
    for (const auto& weak : std::exchange(connections, {}))
      if (auto one = weak.lock())
        one->close();
  }

  tcp::acceptor acceptor;
  std::shared_ptr<boost::asio::ssl::context> tls;
  std::shared_ptr<server_core> core;
  std::vector<std::weak_ptr<closable>> connections;
  bool is_stopped = false;
};

server::server(boost::asio::io_context& loop, served_cluster cluster, server_options options)
    : listener_{std::make_shared<listener>(loop, cluster, std::move(options))} {
  listener_->accept();
}

server::~server() {
  stop();
}

std::uint16_t server::port() const {
  return listener_->acceptor.local_endpoint().port();
}

void server::stop() {
  listener_->stop();
}

} // namespace kubesim::http
