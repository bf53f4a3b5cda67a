#include "k8s/status.hpp"

#include <nlohmann/json.hpp>

namespace k8s {

namespace {

std::string text_of(const nlohmann::json& object, const char* field) {
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::optional<std::chrono::milliseconds> retry_after_of(const nlohmann::json& status) {
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object())
    return std::nullopt;
  const auto seconds = details->find("retryAfterSeconds");
  if (seconds == details->end() || !seconds->is_number_integer())
    return std::nullopt;
  return std::chrono::seconds{seconds->get<int>()};
}

} // namespace

errc errc_of_http(int http_status) {
  switch (http_status) {
  case 401:
    return errc::unauthorized;
  case 403:
    return errc::forbidden;
  case 404:
    return errc::not_found;
  case 408:
    return errc::unavailable;
  case 409:
    return errc::conflict;
  case 410:
    return errc::gone;
  case 429:
    return errc::too_many_requests;
  default:
    break;
  }
  if (http_status >= 500)
    return errc::unavailable;
  return http_status >= 400 ? errc::invalid : errc::protocol;
}

error error_of_status(const nlohmann::json& status, int http_status) {
  const auto code = status.find("code");
  if (code != status.end() && code->is_number_integer())
    http_status = code->get<int>();
  error failure{.code = errc_of_http(http_status),
                .detail = text_of(status, "message"),
                .reason = text_of(status, "reason"),
                .http_status = http_status,
                .maybe_applied = http_status >= 500,
                .retry_after = retry_after_of(status)};
  if (failure.code == errc::conflict && failure.reason == "AlreadyExists")
    failure.code = errc::already_exists;
  return failure;
}

} // namespace k8s
