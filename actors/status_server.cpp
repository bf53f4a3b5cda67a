#include "actors/status_server.hpp"

#include "k8s/event_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <charconv>

namespace actors {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

constexpr std::chrono::seconds patience{10};

struct served_pages : std::enable_shared_from_this<served_pages> {
  explicit served_pages(asio::io_context& context) : acceptor{context} {}

  status_page answer(const http::request<http::empty_body>& asked) const {
    if (asked.method() != http::verb::get && asked.method() != http::verb::head)
      return {405, "only GET\n"};
    const auto target = asked.target();
    const auto page = pages.find(std::string{target.substr(0, target.find('?'))});
    return page == pages.end() ? status_page{404, "not found\n"} : page->second();
  }

  tcp::acceptor acceptor;
  status_server::pages pages;
};

asio::awaitable<void> converse(std::shared_ptr<served_pages> served, tcp::socket socket) {
  beast::tcp_stream stream{std::move(socket)};
  beast::flat_buffer buffer;
  boost::system::error_code failed;
  for (;;) {
    stream.expires_after(patience);
    http::request<http::empty_body> asked;
    co_await http::async_read(stream, buffer, asked,
                              asio::redirect_error(asio::use_awaitable, failed));
    if (failed)
      co_return;
    auto page = served->answer(asked);
    http::response<http::string_body> answer{static_cast<http::status>(page.status),
                                             asked.version(), std::move(page.body)};
    answer.set(http::field::content_type, "text/plain; version=0.0.4; charset=utf-8");
    answer.keep_alive(asked.keep_alive());
    answer.prepare_payload();
    if (asked.method() == http::verb::head)
      answer.body().clear();
    co_await http::async_write(stream, answer, asio::redirect_error(asio::use_awaitable, failed));
    if (failed || !asked.keep_alive())
      co_return;
  }
}

asio::awaitable<void> accept_for_ever(std::shared_ptr<served_pages> served) {
  for (;;) {
    boost::system::error_code failed;
    auto socket
        = co_await served->acceptor.async_accept(asio::redirect_error(asio::use_awaitable, failed));
    if (failed == asio::error::operation_aborted || !served->acceptor.is_open())
      co_return;
    if (!failed)
      asio::co_spawn(served->acceptor.get_executor(), converse(served, std::move(socket)),
                     asio::detached);
  }
}

k8s::error senseless(const std::string& address, const std::string& why) {
  return {.code = k8s::errc::configuration,
          .attempted = "listen on " + address,
          .detail = why,
          .reason = {},
          .retry_after = {}};
}

std::optional<tcp::endpoint> parse_address(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos)
    return std::nullopt;
  unsigned short port = 0;
  const auto* end = address.data() + address.size();
  if (const auto parsed = std::from_chars(address.data() + colon + 1, end, port);
      parsed.ec != std::errc{} || parsed.ptr != end)
    return std::nullopt;
  if (colon == 0)
    return tcp::endpoint{tcp::v6(), port};
  boost::system::error_code failed;
  const auto host = asio::ip::make_address(address.substr(0, colon), failed);
  return failed ? std::nullopt : std::optional{tcp::endpoint{host, port}};
}

class listening_server : public status_server {
public:
  listening_server(k8s::event_loop& loop, std::shared_ptr<served_pages> served)
      : loop_{loop}, served_{std::move(served)} {}

  ~listening_server() override {
    loop_.post([served = served_] {
      boost::system::error_code ignored; // closing cannot fail in a way that matters
      served->acceptor.close(ignored);
      served->pages.clear();
    });
  }

  unsigned short port() const override { return served_->acceptor.local_endpoint().port(); }

private:
  k8s::event_loop& loop_;
  std::shared_ptr<served_pages> served_;
};

} // namespace

k8s::result<std::shared_ptr<status_server>>
status_server::listen(k8s::event_loop& loop, const std::string& address, pages served) {
  auto endpoint = parse_address(address);
  if (!endpoint)
    return senseless(address, "write HOST:PORT with a numeric HOST, or :PORT");
  auto all = std::make_shared<served_pages>(loop.context());
  all->pages = std::move(served);
  boost::system::error_code failed;
  all->acceptor.open(endpoint->protocol(), failed);
  if (failed && endpoint->address().is_unspecified()) { // no IPv6 here
    failed.clear();
    endpoint = tcp::endpoint{tcp::v4(), endpoint->port()};
    all->acceptor.open(endpoint->protocol(), failed);
  }
  if (!failed)
    all->acceptor.set_option(tcp::acceptor::reuse_address{true}, failed);
  if (!failed)
    all->acceptor.bind(*endpoint, failed);
  if (!failed)
    all->acceptor.listen(asio::socket_base::max_listen_connections, failed);
  if (failed)
    return senseless(address, failed.message());
  asio::co_spawn(loop.context(), accept_for_ever(all), asio::detached);
  return std::shared_ptr<status_server>{std::make_shared<listening_server>(loop, all)};
}

} // namespace actors
