#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace k8s {

/// What went wrong, one value per way in which a caller can react.
enum class errc {
  not_found,         ///< 404: the object (or the whole kind) is not there.
  already_exists,    ///< 409 AlreadyExists: a create met an object of that name.
  conflict,          ///< 409 otherwise: resourceVersion, UID or apply precondition failed.
  gone,              ///< 410: the resourceVersion or continue token has expired; list again.
  invalid,           ///< 422 or 400: the server refuses this object; repeating it is useless.
  unauthorized,      ///< 401: no or stale credentials.
  forbidden,         ///< 403: not allowed by RBAC, quota or admission.
  too_many_requests, ///< 429: throttled; `retry_after` may say how long.
  unavailable,       ///< 5xx: the server failed; it may or may not have acted.
  timeout,           ///< Our deadline passed; the server may or may not have acted.
  connection,        ///< Resolve, connect, reset, truncated; see `maybe_applied`.
  tls,               ///< Certificate or handshake refused.
  protocol,          ///< The answer is not what the API promises (bad JSON, missing field).
  cancelled,         ///< We gave the call up ourselves.
  configuration,     ///< A kubeconfig, token or certificate file makes no sense.
};

std::string_view to_string(errc code);

/// A failure as a value: what was tried, on what, and why it failed.
struct error {
  errc code = errc::protocol;
  std::string attempted{}; ///< e.g. `GET /api/v1/namespaces/shop/pods/mysql-0`
  std::string detail{};    ///< the server's message, or the cause in our words
  std::string reason{};    ///< `Status.reason`, e.g. `AlreadyExists`; empty without a Status
  int http_status = 0;     ///< 0 if no answer arrived
  /// The request left this process and the server may have acted on it.
  bool maybe_applied = false;
  std::optional<std::chrono::milliseconds> retry_after{};

  bool is_not_found() const { return code == errc::not_found; }
  bool is_already_exists() const { return code == errc::already_exists; }
  bool is_conflict() const { return code == errc::conflict; }
  bool is_gone() const { return code == errc::gone; }
  bool is_forbidden() const { return code == errc::forbidden; }
  /// The same request may succeed later without anybody changing anything.
  bool is_transient() const;
};

/// `detail (attempted)`, for messages to people.
std::string to_string(const error& failure);

} // namespace k8s
