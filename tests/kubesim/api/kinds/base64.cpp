#include "tests/kubesim/api/kinds/base64.hpp"

#include <cstdint>

namespace kubesim::kinds {

std::string encode_base64(std::string_view bytes) {
  constexpr std::string_view digits
      = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      text += i + j > bytes.size() ? '=' : digits[group >> (18 - 6 * j) & 63U];
  }
  return text;
}

} // namespace kubesim::kinds
