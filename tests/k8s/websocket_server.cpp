#include "tests/k8s/websocket_server.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <list>
#include <mutex>
#include <thread>

namespace k8s::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using tls_stream = beast::ssl_stream<tcp::socket>;

template <class Stream>
class beast_peer final : public websocket_peer {
public:
  static constexpr bool is_tls = std::is_same_v<Stream, tls_stream>;

  template <class... StreamArguments>
  explicit beast_peer(tcp::socket socket, StreamArguments&... stream)
      : socket_{std::move(socket), stream...} {
    beast::get_lowest_layer(socket_).set_option(tcp::no_delay{true});
  }

  bool read_head() {
    error_code failure;
    if constexpr (is_tls)
      socket_.next_layer().handshake(asio::ssl::stream_base::server, failure);
    if (!failure)
      http::read(socket_.next_layer(), buffer_, request_, failure);
    return !failure;
  }

  void hang_up() {
    error_code ignored;
    if constexpr (is_tls)
      if (!failure_)
        socket_.next_layer().shutdown(ignored);
    beast::get_lowest_layer(socket_).close(ignored);
  }

  std::string target() const override { return std::string{request_.target()}; }
  std::string header(std::string_view name) const override {
    return std::string{request_[beast::string_view{name.data(), name.size()}]};
  }
  bool is_resumed_tls() const override {
    if constexpr (is_tls)
      return SSL_session_reused(native()) == 1;
    return false;
  }
  std::string tls_client_name() const override {
    if constexpr (is_tls) {
      const std::unique_ptr<X509, void (*)(X509*)> certificate{SSL_get1_peer_certificate(native()),
                                                               &X509_free};
      char name[256] = "";
      if (certificate)
        X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name,
                                  sizeof name);
      return name;
    }
    return {};
  }
  std::string tls_server_name() const override {
    if constexpr (is_tls)
      if (const auto* const name = SSL_get_servername(native(), TLSEXT_NAMETYPE_host_name))
        return name;
    return {};
  }

  void accept(const std::string& protocol) override {
    socket_.set_option(
        websocket::stream_base::decorator([protocol](websocket::response_type& answer) {
          if (!protocol.empty())
            answer.set(http::field::sec_websocket_protocol, protocol);
        }));
    socket_.binary(true);
    socket_.auto_fragment(false);
    socket_.accept(request_, failure_);
  }

  void decline(int status, const std::string& content_type, const std::string& body) override {
    http::response<http::string_body> answer{static_cast<http::status>(status), 11};
    answer.set(http::field::content_type, content_type);
    answer.body() = body;
    answer.prepare_payload();
    http::write(socket_.next_layer(), answer, failure_);
  }

  void send(const std::string& message) override {
    if (!failure_)
      socket_.write(asio::buffer(message), failure_);
  }

  void send_raw(std::string_view bytes) override {
    asio::write(socket_.next_layer(), asio::buffer(bytes.data(), bytes.size()), failure_);
  }

  std::optional<std::string> receive() override {
    if (failure_)
      return std::nullopt;
    beast::flat_buffer message;
    socket_.read(message, failure_);
    return failure_ ? std::nullopt : std::optional{beast::buffers_to_string(message.data())};
  }

  /// By hand: Beast's read answers pings but returns only for messages. They must be all that
  /// comes.
  void receive_pings(int count) override {
    for (; count > 0 && !failure_; --count) {
      unsigned char head[6]{}; // opcode, length, four bytes of mask
      asio::read(socket_.next_layer(), asio::buffer(head), failure_);
      std::string payload(head[1] & 0x7FU, 0);
      if (failure_ || head[0] != 0x89)
        return;
      asio::read(socket_.next_layer(), asio::buffer(payload), failure_);
      for (std::size_t index = 0; index < payload.size(); ++index)
        payload[index]
            = static_cast<char>(static_cast<unsigned char>(payload[index]) ^ head[2 + index % 4]);
      const auto pong = std::string{'\x8A', static_cast<char>(payload.size())} + payload;
      asio::write(socket_.next_layer(), asio::buffer(pong), failure_);
    }
  }

  void close() override {
    if (failure_)
      return;
    socket_.close(websocket::close_code::normal, failure_);
    failure_ = websocket::error::closed;
  }

  void cut() override {
    failure_ = asio::error::connection_aborted;
    error_code ignored;
    beast::get_lowest_layer(socket_).shutdown(tcp::socket::shutdown_both, ignored);
  }

  void ignore_until_gone() override {
    char ignored[4096];
    error_code end;
    while (!end)
      beast::get_lowest_layer(socket_).read_some(asio::buffer(ignored), end);
    failure_ = end;
  }

private:
  SSL* native() const {
    return const_cast<beast_peer*>(this)->socket_.next_layer().native_handle();
  }

  http::request<http::empty_body> request_;
  beast::flat_buffer buffer_;
  error_code failure_;
  websocket::stream<Stream, false> socket_;
};

asio::ssl::context server_context(const tls_identity& identity) {
  asio::ssl::context context{asio::ssl::context::tls_server};
  context.use_certificate_chain(asio::buffer(identity.certificate_pem));
  context.use_private_key(asio::buffer(identity.key_pem), asio::ssl::context::pem);
  context.set_verify_mode(asio::ssl::verify_peer);
  context.set_verify_callback([](bool, auto&) { return true; }); // a test looks at the name
  SSL_CTX_set_session_id_context(context.native_handle(),
                                 reinterpret_cast<const unsigned char*>("test"), 4);
  return context;
}

} // namespace

struct websocket_server::impl {
  impl(peer_script play, std::optional<tls_identity> identity) : script{std::move(play)} {
    if (identity)
      tls.emplace(server_context(*identity));
    acceptor.listen(1024);
    listener = std::thread{[this] { listen(); }};
  }

  ~impl() {
    {
      const std::lock_guard guard{mutex};
      is_ending = true;
      ::shutdown(acceptor.native_handle(), SHUT_RDWR);
      for (const int descriptor : open_sockets)
        ::shutdown(descriptor, SHUT_RDWR);
    }
    listener.join();
    for (auto& each : peers)
      each.join();
  }

  void listen() {
    for (;;) {
      error_code failure;
      auto socket = acceptor.accept(failure);
      const std::lock_guard guard{mutex};
      if (failure || is_ending)
        return;
      const auto known = open_sockets.insert(open_sockets.end(), socket.native_handle());
      peers.emplace_back([this, known, accepted = std::move(socket)]() mutable {
        serve(std::move(accepted), known);
      });
    }
  }

  void serve(tcp::socket socket, std::list<int>::iterator known) {
    if (tls)
      play(std::make_unique<beast_peer<tls_stream>>(std::move(socket), *tls), known);
    else
      play(std::make_unique<beast_peer<tcp::socket>>(std::move(socket)), known);
  }

  template <class Peer>
  void play(std::unique_ptr<Peer> peer, std::list<int>::iterator known) {
    if (peer->read_head())
      script(*peer);
    {
      // Before the descriptor is closed, and its number perhaps given to another.
      const std::lock_guard guard{mutex};
      open_sockets.erase(known);
    }
    peer->hang_up();
  }

  peer_script script;
  asio::io_context context;
  std::optional<asio::ssl::context> tls;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  std::mutex mutex;
  bool is_ending = false;
  std::list<int> open_sockets;
  std::list<std::thread> peers;
  std::thread listener;
};

websocket_server::websocket_server(peer_script script, std::optional<tls_identity> identity)
    : impl_{std::make_unique<impl>(std::move(script), std::move(identity))} {}

websocket_server::~websocket_server() = default;

std::string websocket_server::url() const {
  return (impl_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:")
         + std::to_string(impl_->acceptor.local_endpoint().port());
}

} // namespace k8s::testing
