#include "crds/utf8.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace crds {
namespace {

bool is_inside_code_point(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

} // namespace

std::string as_utf8(const std::string& bytes) {
  return nlohmann::json::parse(
             nlohmann::json(bytes).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace))
      .get<std::string>();
}

std::string suffix_of(const std::string& text, std::size_t longest) {
  auto start = text.size() - std::min(text.size(), longest);
  while (start < text.size() && is_inside_code_point(text[start]))
    ++start;
  return text.substr(start);
}

std::string prefix_of(const std::string& text, std::size_t longest) {
  auto length = std::min(text.size(), longest);
  while (length > 0 && length < text.size() && is_inside_code_point(text[length]))
    --length;
  return text.substr(0, length);
}

} // namespace crds
