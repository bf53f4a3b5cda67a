#include "tests/kubesim/auth/web_token.hpp"

#include "tests/kubesim/api/kinds/base64.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace kubesim::web_token {

namespace {

std::string encode(std::string_view bytes) {
  auto text = kinds::encode_base64(bytes);
  while (text.ends_with('='))
    text.pop_back();
  for (auto& letter : text)
    letter = letter == '+' ? '-' : letter == '/' ? '_' : letter;
  return text;
}

std::optional<std::string> decode(std::string_view text) {
  constexpr std::string_view digits
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string bytes;
  std::uint32_t pending = 0;
  int bits = 0;
  for (const auto letter : text) {
    const auto value = digits.find(letter);
    if (value == std::string_view::npos)
      return std::nullopt;
    pending = pending << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(pending >> bits & 0xFFU);
    }
  }
  return bytes;
}

std::string signature_of(std::string_view text, std::string_view key) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return encode({reinterpret_cast<const char*>(digest.data()), length});
}

} // namespace

std::string sign(const json& claims, std::string_view key) {
  const auto text = encode(R"({"alg":"HS256","typ":"JWT"})") + "." + encode(claims.dump());
  return text + "." + signature_of(text, key);
}

std::optional<json> verify(std::string_view token, std::string_view key) {
  const auto dot = token.rfind('.');
  if (dot == std::string_view::npos)
    return std::nullopt;
  const auto expected = signature_of(token.substr(0, dot), key);
  const auto shown = token.substr(dot + 1);
  if (shown.size() != expected.size()
      || CRYPTO_memcmp(shown.data(), expected.data(), shown.size()) != 0)
    return std::nullopt;
  const auto body = token.substr(0, dot);
  const auto claims = decode(body.substr(body.find('.') + 1));
  if (!claims)
    return std::nullopt;
  auto parsed = json::parse(*claims, nullptr, false);
  return parsed.is_object() ? std::optional{std::move(parsed)} : std::nullopt;
}

} // namespace kubesim::web_token
