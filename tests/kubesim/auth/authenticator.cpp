#include "tests/kubesim/auth/authenticator.hpp"

#include "tests/kubesim/api/kinds/base64.hpp"
#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/auth/web_token.hpp"

#include <openssl/rand.h>

#include <array>
#include <stdexcept>

namespace kubesim {

namespace {

constexpr std::string_view issuer = "https://kubernetes.default.svc";

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1)
    throw std::runtime_error{"no random bytes"};
  return bytes;
}

std::int64_t unix_seconds(std::chrono::system_clock::time_point when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

user service_account_user(const object_ref& ref, std::string uid, const std::string& token_id) {
  return {.name = "system:serviceaccount:" + ref.name_space + ":" + ref.name,
          .groups = {"system:serviceaccounts", "system:serviceaccounts:" + ref.name_space,
                     "system:authenticated"},
          .uid = std::move(uid),
          .credential_id = "JTI=" + token_id};
}

void add_group(user& who, const char* group) {
  if (std::ranges::find(who.groups, group) == who.groups.end())
    who.groups.emplace_back(group);
}

} // namespace

authenticator::authenticator(const registry& objects, wall_clock now)
    : objects_{objects}, now_{std::move(now)}, key_{random_bytes(32)} {}

std::optional<user> authenticator::authenticate(const credentials& shown) const {
  if (shown.bearer_token)
    return from_token(*shown.bearer_token);
  if (shown.common_name.empty())
    return user{.name = "system:anonymous", .groups = {"system:unauthenticated"}};
  user who{.name = shown.common_name, .groups = shown.organizations};
  add_group(who, "system:authenticated");
  return who;
}

std::optional<user> authenticator::from_token(std::string_view token) const {
  if (const auto known = fixed_.find(token); known != fixed_.end())
    return known->second;
  const auto claims = web_token::verify(token, key_);
  if (!claims || kinds::number_at(*claims, "exp") <= unix_seconds(now_()))
    return std::nullopt;
  const auto& bound = claims->at("kubernetes.io");
  const object_ref ref{kinds::text_at(bound, "namespace"),
                       kinds::text_at(bound, "serviceaccount.name")};
  const auto uid = kinds::text_at(bound, "serviceaccount.uid");
  const auto* accounts = objects_.find_type("", "v1", "serviceaccounts");
  const auto account = accounts ? objects_.find(*accounts, ref) : nullptr;
  if (!account || kinds::text_at(*account, "metadata.uid") != uid)
    return std::nullopt;
  return service_account_user(ref, uid, kinds::text_at(*claims, "jti"));
}

authenticator::issued_token authenticator::issue(const object_ref& service_account,
                                                 std::string_view uid,
                                                 std::chrono::seconds lifetime) {
  const auto now = now_();
  const auto expires = now + lifetime;
  const json claims{
      {"aud", {issuer}},
      {"exp", unix_seconds(expires)},
      {"iat", unix_seconds(now)},
      {"iss", issuer},
      {"jti", kinds::encode_base64(random_bytes(15))},
      {"kubernetes.io",
       {{"namespace", service_account.name_space},
        {"serviceaccount", {{"name", service_account.name}, {"uid", uid}}}}},
      {"nbf", unix_seconds(now)},
      {"sub", "system:serviceaccount:" + service_account.name_space + ":" + service_account.name}};
  return {web_token::sign(claims, key_), expires};
}

void authenticator::accept(std::string token, user who) {
  add_group(who, "system:authenticated");
  fixed_.insert_or_assign(std::move(token), std::move(who));
}

} // namespace kubesim
