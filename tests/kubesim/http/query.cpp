#include "tests/kubesim/http/query.hpp"

#include <algorithm>

namespace kubesim::http {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

std::string percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0
        && hex_value(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return decoded;
}

query parse_query(std::string_view text) {
  query found;
  while (!text.empty()) {
    auto end = text.find('&');
    auto part = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    if (part.empty() || part.find(';') != std::string_view::npos)
      continue;
    auto sign = part.find('=');
    auto value = sign == std::string_view::npos ? std::string_view{} : part.substr(sign + 1);
    found.emplace_back(percent_decoded(part.substr(0, sign), true), percent_decoded(value, true));
  }
  return found;
}

std::string value_of(const query& parameters, std::string_view name) {
  auto found = std::find_if(parameters.begin(), parameters.end(),
                            [&](const auto& one) { return one.first == name; });
  return found == parameters.end() ? std::string{} : found->second;
}

bool has(const query& parameters, std::string_view name) {
  return std::any_of(parameters.begin(), parameters.end(),
                     [&](const auto& one) { return one.first == name; });
}

bool flag(const query& parameters, std::string_view name) {
  if (!has(parameters, name))
    return false;
  auto value = value_of(parameters, name);
  return value != "false" && value != "0";
}

} // namespace kubesim::http
