#include "k8s/error.hpp"

namespace k8s {

std::string_view to_string(errc code) {
  switch (code) {
  case errc::not_found:
    return "not_found";
  case errc::already_exists:
    return "already_exists";
  case errc::conflict:
    return "conflict";
  case errc::gone:
    return "gone";
  case errc::invalid:
    return "invalid";
  case errc::unauthorized:
    return "unauthorized";
  case errc::forbidden:
    return "forbidden";
  case errc::too_many_requests:
    return "too_many_requests";
  case errc::unavailable:
    return "unavailable";
  case errc::timeout:
    return "timeout";
  case errc::connection:
    return "connection";
  case errc::tls:
    return "tls";
  case errc::protocol:
    return "protocol";
  case errc::cancelled:
    return "cancelled";
  case errc::configuration:
    return "configuration";
  }
  return "unknown";
}

bool error::is_transient() const {
  return code == errc::too_many_requests || code == errc::unavailable || code == errc::timeout
         || code == errc::connection;
}

std::string to_string(const error& failure) {
  const std::string why
      = failure.detail.empty() ? std::string{to_string(failure.code)} : failure.detail;
  return failure.attempted.empty() ? why : why + " (" + failure.attempted + ")";
}

} // namespace k8s
