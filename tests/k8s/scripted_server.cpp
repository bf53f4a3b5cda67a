#include "tests/k8s/scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

#include <atomic>
#include <list>
#include <sys/socket.h>
#include <thread>

namespace k8s::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

void answering::json(int status, const nlohmann::json& body, std::string_view more_headers) {
  const auto text = body.dump();
  send("HTTP/1.1 " + std::to_string(status) + " -\r\nContent-Type: application/json\r\n"
       + std::string{more_headers} + "Content-Length: " + std::to_string(text.size()) + "\r\n\r\n"
       + text);
}

void answering::text(int status, std::string_view body) {
  send("HTTP/1.1 " + std::to_string(status) + " -\r\nContent-Type: text/plain\r\nContent-Length: "
       + std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
}

void answering::status(int code, std::string_view reason, std::string_view message) {
  json(code, {{"kind", "Status"},
              {"apiVersion", "v1"},
              {"status", "Failure"},
              {"reason", reason},
              {"message", message},
              {"code", code}});
}

void answering::begin_stream() {
  send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void answering::chunk(std::string_view bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  send(size.data() + std::string{bytes} + "\r\n");
}

void answering::event(std::string_view type, const nlohmann::json& object) {
  chunk(nlohmann::json{{"type", type}, {"object", object}}.dump() + '\n');
}

void answering::end_stream() {
  send("0\r\n\r\n");
}

namespace {

std::string in_lower_case(std::string_view text) {
  std::string lower{text};
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

seen_request seen_of(const http::request<http::string_body>& from, int connection) {
  seen_request request{.method = std::string{from.method_string()},
                       .target = std::string{from.target()},
                       .body = from.body(),
                       .headers = {},
                       .connection = connection};
  for (const auto& field : from)
    request.headers.emplace(in_lower_case({field.name_string().data(), field.name_string().size()}),
                            std::string{field.value()});
  return request;
}

template <class Stream>
class stream_answering : public answering {
public:
  explicit stream_answering(Stream& stream) : stream_{stream} {}

  void send(std::string_view raw) override {
    error_code ignored; // the client may be gone, which is what some scripts are about
    asio::write(stream_, asio::buffer(raw), ignored);
  }
  void drop() override { is_dropped_ = true; }
  void await_close() override {
    std::array<char, 512> rest{};
    error_code failure;
    while (!failure)
      stream_.read_some(asio::buffer(rest), failure);
    is_dropped_ = true;
  }
  bool is_dropped() const { return is_dropped_; }

private:
  Stream& stream_;
  bool is_dropped_ = false;
};

} // namespace

struct scripted_server::impl {
  impl(answer_script its_script, std::optional<tls_identity> identity)
      : script{std::move(its_script)} {
    if (!identity)
      return;
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain(asio::buffer(identity->certificate_pem));
    tls->use_private_key(asio::buffer(identity->key_pem), asio::ssl::context::pem);
  }

  void accept_all() {
    while (true) {
      error_code failure;
      auto socket = acceptor.accept(failure);
      const std::lock_guard lock{mutex};
      if (failure || is_stopping)
        return;
      sockets.push_back(std::move(socket));
      const int number = static_cast<int>(sockets.size());
      threads.emplace_back([this, &own = sockets.back(), number] { serve(own, number); });
    }
  }

  void serve(tcp::socket& socket, int number) {
    socket.set_option(tcp::no_delay{true});
    if (!tls) {
      serve_requests(socket, number);
    } else {
      asio::ssl::stream<tcp::socket&> stream{socket, *tls};
      error_code failure;
      stream.handshake(asio::ssl::stream_base::server, failure);
      if (!failure)
        serve_requests(stream, number);
    }
    error_code ignored;
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  template <class Stream>
  void serve_requests(Stream& stream, int number) {
    boost::beast::flat_buffer buffer;
    stream_answering<Stream> answer{stream};
    while (!answer.is_dropped()) {
      http::request_parser<http::string_body> parser;
      error_code failure;
      http::read(stream, buffer, parser, failure);
      if (failure)
        return;
      const auto request = seen_of(parser.get(), number);
      {
        const std::lock_guard lock{mutex};
        requests.push_back(request);
      }
      script(request, answer);
    }
  }

  const answer_script script;
  std::optional<asio::ssl::context> tls;
  asio::io_context context;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  const unsigned short port = acceptor.local_endpoint().port();
  mutable std::mutex mutex;
  bool is_stopping = false;
  std::vector<seen_request> requests;
  std::list<tcp::socket> sockets; ///< closed only when all threads have ended
  std::list<std::thread> threads;
  std::thread accepting;
};

scripted_server::scripted_server(answer_script script, std::optional<tls_identity> identity)
    : impl_{std::make_unique<impl>(std::move(script), std::move(identity))} {
  impl_->accepting = std::thread{[this] { impl_->accept_all(); }};
}

scripted_server::~scripted_server() {
  {
    const std::lock_guard lock{impl_->mutex};
    impl_->is_stopping = true;
    ::shutdown(impl_->acceptor.native_handle(), SHUT_RDWR);
    for (auto& socket : impl_->sockets)
      ::shutdown(socket.native_handle(), SHUT_RDWR);
  }
  impl_->accepting.join();
  for (auto& thread : impl_->threads)
    thread.join();
}

std::string scripted_server::url() const {
  return (impl_->tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(impl_->port);
}

std::vector<seen_request> scripted_server::seen() const {
  const std::lock_guard lock{impl_->mutex};
  return impl_->requests;
}

std::size_t scripted_server::connections() const {
  const std::lock_guard lock{impl_->mutex};
  return impl_->sockets.size();
}

void gate::open() {
  const std::lock_guard lock{mutex_};
  is_open_ = true;
  changed_.notify_all();
}

bool gate::wait() {
  std::unique_lock lock{mutex_};
  return changed_.wait_for(lock, std::chrono::seconds{20}, [this] { return is_open_; });
}

} // namespace k8s::testing
