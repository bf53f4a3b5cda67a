#include "actors/freeze_session/tail_buffer.hpp"

#include <algorithm>

namespace freeze_session {
namespace {

/// Lengths and lowest values after RFC 3629.
struct utf8_lead {
  std::size_t length;
  unsigned char second_from, second_to;
};

utf8_lead lead_of(unsigned char byte) {
  if (byte < 0x80)
    return {1, 0, 0};
  if (byte < 0xC2 || byte > 0xF4)
    return {0, 0, 0};
  if (byte < 0xE0)
    return {2, 0x80, 0xBF};
  if (byte < 0xF0)
    return {3, static_cast<unsigned char>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<unsigned char>(byte == 0xED ? 0x9F : 0xBF)};
  return {4, static_cast<unsigned char>(byte == 0xF0 ? 0x90 : 0x80),
          static_cast<unsigned char>(byte == 0xF4 ? 0x8F : 0xBF)};
}

/// The length of the valid character at the front of `bytes`; 0 if there is none.
std::size_t character_length(std::string_view bytes) {
  auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  auto lead = lead_of(at(0));
  if (lead.length <= 1)
    return lead.length;
  if (bytes.size() < lead.length || at(1) < lead.second_from || at(1) > lead.second_to)
    return 0;
  for (std::size_t i = 2; i < lead.length; ++i)
    if (at(i) < 0x80 || at(i) > 0xBF)
      return 0;
  return lead.length;
}

bool is_continuation(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

bool is_printable(char byte) {
  auto code = static_cast<unsigned char>(byte);
  return byte == '\n' || byte == '\t' || (code >= 0x20 && code != 0x7F);
}

/// Every invalid or control byte becomes `?`, so that the text does not grow.
std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    auto length = character_length(bytes);
    if (length == 0 || (length == 1 && !is_printable(bytes[0])))
      text += '?';
    else
      text += bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

} // namespace

void tail_buffer::append(std::string_view bytes) {
  cut_ = cut_ || kept_.size() + bytes.size() > limit_;
  if (bytes.size() > limit_)
    bytes.remove_prefix(bytes.size() - limit_);
  kept_ += bytes;
  if (kept_.size() > limit_)
    kept_.erase(0, kept_.size() - limit_);
}

std::string tail_buffer::text() const {
  std::string_view bytes{kept_};
  // A character that the cut has halved is not an invalid one.
  for (int i = 0; cut_ && i < 3 && !bytes.empty() && is_continuation(bytes[0]); ++i)
    bytes.remove_prefix(1);
  return valid_utf8(bytes);
}

} // namespace freeze_session
