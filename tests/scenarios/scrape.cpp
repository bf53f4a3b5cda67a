#include "tests/scenarios/scrape.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <sstream>
#include <stdexcept>

namespace scenarios {

std::string page_of(int port, const std::string& path) {
  namespace asio = boost::asio;
  namespace http = boost::beast::http;
  asio::io_context loop;
  boost::beast::tcp_stream stream{loop};
  stream.expires_after(std::chrono::seconds{20});
  stream.connect(
      asio::ip::tcp::endpoint{asio::ip::address_v4::loopback(), static_cast<unsigned short>(port)});
  http::request<http::empty_body> request{http::verb::get, path, 11};
  request.set(http::field::host, "localhost");
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> answer;
  http::read(stream, buffer, answer);
  if (answer.result() != http::status::ok)
    throw std::runtime_error(path + ": " + answer.body());
  return answer.body();
}

std::map<std::string, double> series_of(const std::string& text) {
  std::map<std::string, double> all;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (const auto space = line.rfind(' '); !line.starts_with('#') && space != std::string::npos)
      all[line.substr(0, space)] = std::strtod(line.c_str() + space + 1, nullptr);
  return all;
}

} // namespace scenarios
