#include "k8s/server_address.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace k8s {
namespace {

error senseless(std::string_view url, std::string_view why) {
  error failure;
  failure.code = errc::configuration;
  failure.attempted = "read the server's address";
  failure.detail.append("`").append(url).append("` ").append(why);
  failure.detail += "; write e.g. https://10.0.0.1:6443";
  return failure;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix))
    return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failure == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

struct host_and_port {
  std::string_view host;
  std::optional<std::string_view> port;
};

std::optional<host_and_port> split(std::string_view authority) {
  auto rest = authority;
  std::string_view host;
  if (take_prefix(rest, "[")) {
    const auto end = rest.find(']');
    if (end == std::string_view::npos)
      return std::nullopt;
    host = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  } else {
    host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(host.size());
  }
  if (host.empty())
    return std::nullopt;
  if (rest.empty())
    return host_and_port{host, std::nullopt};
  return take_prefix(rest, ":") ? std::optional{host_and_port{host, rest}} : std::nullopt;
}

} // namespace

result<server_address> parse_server_address(std::string_view url) {
  server_address address;
  auto rest = url;
  if (take_prefix(rest, "http://"))
    address.is_tls = false;
  else if (!take_prefix(rest, "https://"))
    return senseless(url, "is neither https:// nor http://");
  if (rest.find_first_of("?#@") != std::string_view::npos)
    return senseless(url, "has a user, a query or a fragment");

  address.authority = rest.substr(0, rest.find('/'));
  rest.remove_prefix(address.authority.size());
  while (rest.ends_with('/'))
    rest.remove_suffix(1);
  address.prefix = rest;

  const auto parts = split(address.authority);
  if (!parts)
    return senseless(url, "names no host");
  address.host = parts->host;
  address.port = parts->port.value_or(address.is_tls ? "443" : "80");
  if (!is_port(address.port))
    return senseless(url, "has a port that is none");
  return address;
}

} // namespace k8s
