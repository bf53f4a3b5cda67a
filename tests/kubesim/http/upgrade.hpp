#pragma once

#include "tests/kubesim/api/answer.hpp"
#include "tests/kubesim/http/query.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <functional>
#include <memory>
#include <string>

namespace kubesim::http {

using plain_stream = boost::beast::tcp_stream;
using tls_stream = boost::asio::ssl::stream<boost::beast::tcp_stream>;
using request = boost::beast::http::request<boost::beast::http::string_body>;

/// An authenticated and authorized exec request whose connection is handed over: exactly one of the
/// streams is set. Whoever gets it answers the request itself, by the upgrade or by a plain error,
/// and then owns the connection.
struct exec_upgrade {
  std::unique_ptr<plain_stream> plain;
  std::unique_ptr<tls_stream> tls;
  boost::beast::flat_buffer rest; ///< bytes read past the request
  request head;
  query parameters;
  std::string user, name_space, pod;
};

using exec_handler = std::function<void(exec_upgrade)>;

} // namespace kubesim::http
