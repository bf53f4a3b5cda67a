#include "tests/kubesim/kubelet/connect_probe.hpp"

#include "tests/kubesim/kubelet/namespaces.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <netinet/in.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>

namespace kubesim {
namespace {

void limit_waiting(int socket, int milliseconds) {
  const timeval limit{milliseconds / 1000, (milliseconds % 1000) * 1000};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/// `HTTP/1.1 204 ...`
bool says_success(std::string_view answer) {
  const auto space = answer.find(' ');
  if (space == std::string_view::npos)
    return false;
  int code = 0;
  std::from_chars(answer.data() + space + 1, answer.data() + answer.size(), code);
  return code >= 200 && code < 400;
}

bool answers_http(int socket, const std::string& request) {
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL)
      != static_cast<ssize_t>(request.size()))
    return false;
  std::array<char, 64> answer{};
  const auto count = ::recv(socket, answer.data(), answer.size(), 0);
  return count > 0 && says_success({answer.data(), static_cast<std::size_t>(count)});
}

} // namespace

bool connects(const connect_spec& spec) {
  const descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  limit_waiting(socket.get(), spec.timeout_ms);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(static_cast<std::uint16_t>(spec.port));
  if (::inet_pton(AF_INET, spec.address.c_str(), &where.sin_addr) != 1)
    return false;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0)
    return false;
  return spec.http_request.empty() || answers_http(socket.get(), spec.http_request);
}

} // namespace kubesim
