#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// Who asks.
struct user {
  std::string name;
  std::vector<std::string> groups = {};
  std::string uid = {};           ///< of a service account
  std::string credential_id = {}; ///< `JTI=...` of a service account's token

  bool operator==(const user&) const = default;
};

/// What the connection and the request show; all empty for an anonymous client.
struct credentials {
  std::string common_name = {};                ///< of the verified client certificate
  std::vector<std::string> organizations = {}; ///< O of the same, one by one
  std::optional<std::string> bearer_token = {};
};

using wall_clock = std::function<std::chrono::system_clock::time_point()>;

class authenticator {
public:
  /// `objects` must outlive this: tokens are bound to the life of their ServiceAccount.
  authenticator(const registry& objects, wall_clock now);

  /// Nobody: the answer is 401. Without any credentials it is `system:anonymous`. A bearer token
  /// counts more than the certificate.
  std::optional<user> authenticate(const credentials& shown) const;

  struct issued_token {
    std::string text;
    std::chrono::system_clock::time_point expires;
  };
  issued_token issue(const object_ref& service_account, std::string_view uid,
                     std::chrono::seconds lifetime);

  /// A token that never expires, for administrators of a test.
  void accept(std::string token, user who);

private:
  std::optional<user> from_token(std::string_view token) const;

  const registry& objects_;
  wall_clock now_;
  std::string key_;
  std::map<std::string, user, std::less<>> fixed_;
};

} // namespace kubesim
