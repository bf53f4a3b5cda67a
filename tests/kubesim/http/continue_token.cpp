#include "tests/kubesim/http/continue_token.hpp"

#include "tests/kubesim/api/fields.hpp"

#include <array>
#include <cstdio>
#include <optional>

namespace kubesim::http {

namespace {

constexpr std::string_view alphabet
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (unsigned char byte : bytes) {
    bits = (bits << 8) | byte;
    count += 8;
    while (count >= 6) {
      count -= 6;
      text += alphabet[(bits >> count) & 63];
    }
  }
  if (count > 0)
    text += alphabet[(bits << (6 - count)) & 63];
  return text;
}

std::variant<std::string, std::size_t> from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto value = alphabet.find(text[i]);
    if (value == std::string_view::npos)
      return i;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 255);
    }
  }
  return bytes;
}

/// A byte as Go's JSON errors show it.
std::string shown(unsigned char byte) {
  if (byte >= 0x20 && byte < 0x7f)
    return std::string(1, static_cast<char>(byte));
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), byte < 0x80 ? "\\x%02x" : "\\u%04x", byte);
  return text.data();
}

object_ref position(std::string start) {
  if (!start.empty() && start.back() == '\0')
    start.pop_back();
  if (!start.empty() && start.front() == '/')
    start.erase(0, 1);
  auto slash = start.find('/');
  if (slash == std::string::npos)
    return {{}, start};
  return {start.substr(0, slash), start.substr(slash + 1)};
}

} // namespace

std::string write_token(const continue_token& token) {
  auto start = "/" + (token.after.name_space.empty() ? "" : token.after.name_space + "/")
               + token.after.name;
  start += '\0';
  const json content{{"v", "meta.k8s.io/v1"}, {"rv", token.resource_version}, {"start", start}};
  return to_base64(content.dump());
}

std::variant<continue_token, std::string> read_token(std::string_view text) {
  auto decoded = from_base64(text);
  if (auto* at = std::get_if<std::size_t>(&decoded))
    return "continue key is not valid: illegal base64 data at input byte " + std::to_string(*at);
  const auto& bytes = std::get<std::string>(decoded);
  auto content = json::parse(bytes, nullptr, false);
  if (!content.is_object())
    return "continue key is not valid: invalid character '"
           + (bytes.empty() ? std::string{} : shown(static_cast<unsigned char>(bytes.front())))
           + "' looking for beginning of value";
  const json& version = field(content, {"rv"});
  if (text_at(content, {"v"}) != "meta.k8s.io/v1" || !version.is_number_integer())
    return "continue key is not valid: server does not recognize this encoded version";
  return continue_token{version.get<std::int64_t>(), position(text_at(content, {"start"}))};
}

} // namespace kubesim::http
