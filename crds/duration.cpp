#include "crds/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace crds {
namespace {

struct unit {
  std::string_view name;
  std::int64_t milliseconds;
};

constexpr std::array<unit, 5> units{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

std::string_view take_while(std::string_view& text, bool (*belongs)(char)) {
  std::size_t length = 0;
  while (length < text.size() && belongs(text[length]))
    ++length;
  const auto taken = text.substr(0, length);
  text.remove_prefix(length);
  return taken;
}

bool is_digit(char letter) {
  return letter >= '0' && letter <= '9';
}
bool is_letter(char letter) {
  return letter >= 'a' && letter <= 'z';
}

/// The index in `units`, looking only at those smaller than the one read before.
std::optional<std::size_t> find_unit(std::string_view name, std::size_t first) {
  for (auto index = first; index < units.size(); ++index)
    if (units[index].name == name)
      return index;
  return std::nullopt;
}

/// `span` in the units of the set bits of `chosen`, or nothing if that leaves a rest.
std::optional<std::string> written_in(unsigned chosen, std::int64_t span) {
  std::string text;
  for (std::size_t index = 0; index < units.size(); ++index) {
    const auto count = span / units[index].milliseconds;
    if ((chosen >> index & 1U) == 0 || count == 0)
      continue;
    text += std::to_string(count).append(units[index].name);
    span %= units[index].milliseconds;
  }
  return span == 0 ? std::optional{text} : std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty())
    return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  while (!text.empty()) {
    const auto digits = take_while(text, is_digit);
    const auto index = find_unit(take_while(text, is_letter), next_unit);
    std::int64_t count = 0;
    const auto* const end = digits.data() + digits.size();
    if (digits.empty() || !index || std::from_chars(digits.data(), end, count).ec != std::errc{})
      return std::nullopt;
    const auto scale = units[*index].milliseconds;
    if (count > (longest_duration.count() - total) / scale)
      return std::nullopt;
    total += count * scale;
    next_unit = *index + 1;
  }
  return std::chrono::milliseconds{total};
}

std::string format_duration(std::chrono::milliseconds span) {
  if (span.count() <= 0)
    return "0s";
  auto shortest = std::to_string(span.count()) + "ms";
  for (unsigned chosen = 1; chosen < 1U << units.size(); ++chosen)
    if (const auto text = written_in(chosen, span.count()); text && text->size() < shortest.size())
      shortest = *text;
  return shortest;
}

} // namespace crds
