#include "k8s/exec_connection.hpp"

#include "k8s/tls_context.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <openssl/err.h>

#include <netinet/tcp.h>
#include <optional>
#include <variant>

namespace k8s {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;

using executor = asio::io_context::executor_type;
using tcp_socket = asio::basic_stream_socket<tcp, executor>;
using tls_stream = beast::ssl_stream<tcp_socket>;
using resolver = asio::ip::basic_resolver<tcp, executor>;

/// The server sends 32 KiB and a byte at most.
constexpr std::size_t longest_message = 1024 * 1024;
/// What an idle connection keeps of its read buffer.
constexpr std::size_t idle_buffer = 4096;
constexpr std::chrono::seconds leave_limit{1};

response answer_of(const websocket::response_type& from) {
  response answer;
  answer.status = static_cast<int>(from.result_int());
  for (const auto& field : from) {
    std::string name{field.name_string()};
    std::transform(name.begin(), name.end(), name.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    answer.headers.emplace(std::move(name), std::string{field.value()});
  }
  answer.body = from.body();
  return answer;
}

void set_option(int socket, int option, int value) {
  // Refusal costs only a later detection of dead peers, which pings find too.
  static_cast<void>(::setsockopt(socket, IPPROTO_TCP, option, &value, sizeof value));
}

void tune(tcp_socket& socket, std::chrono::milliseconds ping_interval) {
  error_code ignored; // as in set_option
  socket.set_option(tcp::no_delay{true}, ignored);
  socket.set_option(asio::socket_base::keep_alive{true}, ignored);
  const auto silence = std::max(2 * ping_interval, std::chrono::milliseconds{1000});
  const int fd = socket.native_handle();
  set_option(fd, TCP_USER_TIMEOUT, static_cast<int>(silence.count()));
  set_option(fd, TCP_KEEPIDLE, static_cast<int>(std::max<std::int64_t>(silence.count() / 1000, 1)));
  set_option(fd, TCP_KEEPINTVL, 5);
  set_option(fd, TCP_KEEPCNT, 3);
}

template <class Stream>
class beast_connection final : public exec_connection,
                               public std::enable_shared_from_this<beast_connection<Stream>> {
public:
  static constexpr bool is_tls = std::is_same_v<Stream, tls_stream>;

  template <class... StreamArguments>
  beast_connection(asio::io_context& context, const server_address& address,
                   std::shared_ptr<tls_context> tls, exec_connection_observer& observer,
                   StreamArguments&... stream)
      : context_{context},
        address_{address},
        tls_{std::move(tls)},
        observer_{&observer},
        socket_{context, stream...} {}

  void open(upgrade_request request) override {
    request_ = std::move(request);
    error_code no_address;
    const auto address = asio::ip::make_address(address_.host, no_address);
    if (no_address)
      return resolve();
    endpoints_ = {{address, static_cast<std::uint16_t>(std::stoul(address_.port))}};
    connect();
  }

  void write(std::string message) override {
    outgoing_ = std::move(message);
    socket_.async_write(asio::buffer(outgoing_),
                        [self = this->shared_from_this()](error_code failure, std::size_t) {
                          if (failure)
                            self->end(errc::connection, failure);
                          else if (self->observer_)
                            self->observer_->on_written();
                        });
  }

  void drop() override {
    observer_ = nullptr;
    if (resolver_)
      resolver_->cancel();
    if (leave_timer_)
      leave_timer_->cancel();
    error_code ignored; // it is closed either way
    lowest().close(ignored);
  }

  void leave() override {
    observer_ = nullptr;
    leave_timer_.emplace(context_, leave_limit);
    leave_timer_->async_wait([self = this->shared_from_this()](error_code failure) {
      if (!failure)
        self->drop();
    });
  }

private:
  tcp_socket& lowest() { return beast::get_lowest_layer(socket_); }

  void resolve() {
    resolver_.emplace(context_);
    resolver_->async_resolve(address_.host, address_.port,
                             [self = this->shared_from_this()](
                                 error_code failure, const typename resolver::results_type& found) {
                               if (failure)
                                 return self->end(errc::connection, failure);
                               for (const auto& entry : found)
                                 self->endpoints_.push_back(entry.endpoint());
                               self->connect();
                             });
  }

  void connect() {
    if (!observer_)
      return;
    asio::async_connect(
        lowest(), endpoints_,
        [self = this->shared_from_this()](error_code failure, const tcp::endpoint&) {
          if (failure)
            return self->end(errc::connection, failure);
          if (!self->observer_)
            return self->drop();
          tune(self->lowest(), self->request_.ping_interval);
          self->shake_hands();
        });
  }

  void shake_hands() {
    if constexpr (is_tls) {
      auto& stream = socket_.next_layer();
      if (!tls_->prepare(stream.native_handle()))
        return end(errc::tls, error_code{static_cast<int>(::ERR_get_error()),
                                         asio::error::get_ssl_category()});
      stream.async_handshake(asio::ssl::stream_base::client,
                             [self = this->shared_from_this()](error_code failure) {
                               if (failure)
                                 self->end_of_handshake(failure);
                               else
                                 self->upgrade();
                             });
    } else {
      upgrade();
    }
  }

  void upgrade() {
    if (!observer_)
      return;
    observer_->on_sending_upgrade();
    socket_.set_option(websocket::stream_base::timeout{websocket::stream_base::none(),
                                                       2 * request_.ping_interval, true});
    socket_.set_option(websocket::stream_base::decorator(
        [headers = std::move(request_.headers)](websocket::request_type& request) {
          for (const auto& [name, value] : headers)
            request.set(name, value);
        }));
    socket_.read_message_max(longest_message);
    socket_.binary(true);
    socket_.auto_fragment(false);
    answer_.emplace();
    socket_.async_handshake(
        *answer_, address_.authority, request_.target,
        [self = this->shared_from_this()](error_code failure) { self->upgraded(failure); });
  }

  void upgraded(error_code failure) {
    if (failure && failure != websocket::error::upgrade_declined)
      return end(errc::connection, failure);
    if (!observer_)
      return drop();
    const auto answer = std::move(answer_);
    answer_.reset();
    if (failure)
      return observer_->on_declined(answer_of(*answer));
    observer_->on_upgraded(std::string{(*answer)[http::field::sec_websocket_protocol]});
    read();
  }

  void read() {
    socket_.async_read(buffer_, [self = this->shared_from_this()](error_code failure, std::size_t) {
      self->received(failure);
    });
  }

  void received(error_code failure) {
    if (failure)
      return end(errc::connection, failure);
    if (observer_) {
      const auto message = buffer_.cdata();
      observer_->on_message({static_cast<const char*>(message.data()), message.size()});
    }
    buffer_.clear();
    if (buffer_.capacity() > idle_buffer)
      buffer_.shrink_to_fit();
    read(); // fails at once if the observer has dropped the connection
  }

  void end_of_handshake(error_code failure) {
    if constexpr (is_tls) {
      const auto verdict = SSL_get_verify_result(socket_.next_layer().native_handle());
      if (verdict != X509_V_OK)
        return end(errc::tls, std::string{"the server's certificate was refused: "}
                                  + X509_verify_cert_error_string(verdict));
    }
    end(failure.category() == asio::error::get_ssl_category() ? errc::tls : errc::connection,
        failure);
  }

  void end(errc cause, error_code failure) {
    if (failure == beast::error::timeout)
      return end(errc::timeout, std::string{"the server was silent for two ping intervals"});
    // A server that closes its socket right behind its close frame makes the answer to it fail.
    if (failure == websocket::error::closed || socket_.reason())
      return end(errc::connection,
                 "the server closed the stream: " + std::to_string(socket_.reason().code) + " "
                     + std::string{socket_.reason().reason.c_str()});
    const auto& category = failure.category();
    const bool is_bad_message = category == error_code{websocket::error::closed}.category()
                                || category == error_code{http::error::bad_version}.category();
    end(is_bad_message ? errc::protocol : cause, failure.message());
  }

  void end(errc cause, std::string detail) {
    auto* const observer = observer_;
    drop();
    if (observer)
      observer->on_end(cause, std::move(detail));
  }

  asio::io_context& context_;
  server_address address_;
  std::shared_ptr<tls_context> tls_;
  exec_connection_observer* observer_;
  upgrade_request request_;
  std::vector<tcp::endpoint> endpoints_;
  std::optional<resolver> resolver_;
  std::optional<asio::steady_timer> leave_timer_;
  std::optional<websocket::response_type> answer_;
  std::string outgoing_;
  beast::flat_buffer buffer_;
  websocket::stream<Stream, false> socket_;
};

} // namespace

std::shared_ptr<exec_connection> make_exec_connection(asio::io_context& context,
                                                      const server_address& address,
                                                      std::shared_ptr<tls_context> tls,
                                                      exec_connection_observer& observer) {
  if (!tls)
    return std::make_shared<beast_connection<tcp_socket>>(context, address, nullptr, observer);
  // The streams keep what they need of it.
  asio::ssl::context shared{tls->share()};
  return std::make_shared<beast_connection<tls_stream>>(context, address, std::move(tls), observer,
                                                        shared);
}

} // namespace k8s
