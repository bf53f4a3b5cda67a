#include "k8s/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

namespace k8s {

namespace {

std::optional<long double> factor_of(std::string_view suffix) {
  static constexpr std::array<std::pair<std::string_view, long double>, 15> suffixes{{
      {"", 1.0L},
      {"n", 1e-9L},
      {"u", 1e-6L},
      {"m", 1e-3L},
      {"k", 1e3L},
      {"M", 1e6L},
      {"G", 1e9L},
      {"T", 1e12L},
      {"P", 1e15L},
      {"E", 1e18L},
      {"Ki", 0x1p10L},
      {"Mi", 0x1p20L},
      {"Gi", 0x1p30L},
      {"Ti", 0x1p40L},
      {"Pi", 0x1p50L},
  }};
  for (const auto& [text, factor] : suffixes)
    if (text == suffix)
      return factor;
  if (suffix == "Ei")
    return 0x1p60L;
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E'))
    return std::nullopt;
  const auto digits = suffix.substr(suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto end = digits.data() + digits.size();
  const auto [rest, failure] = std::from_chars(digits.data(), end, exponent);
  if (failure != std::errc{} || rest != end)
    return std::nullopt;
  return std::pow(10.0L, static_cast<long double>(exponent));
}

} // namespace

std::optional<std::int64_t> bytes_of_quantity(std::string_view text) {
  if (!text.empty() && text.front() == '+')
    text.remove_prefix(1);
  const auto number_ends = std::min(text.find_first_not_of("0123456789."), text.size());
  const auto number = text.substr(0, number_ends);
  long double value = 0;
  const auto [rest, failure] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (number.empty() || failure != std::errc{} || rest != number.data() + number.size())
    return std::nullopt;
  const auto factor = factor_of(text.substr(number_ends));
  if (!factor)
    return std::nullopt;
  const auto bytes = std::ceil(value * *factor);
  if (!(bytes < 0x1p63L))
    return std::nullopt;
  return static_cast<std::int64_t>(bytes);
}

} // namespace k8s
