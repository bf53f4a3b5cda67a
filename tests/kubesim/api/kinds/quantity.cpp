#include "tests/kubesim/api/kinds/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace kubesim::kinds {

namespace {

struct unit {
  std::string_view suffix;
  std::int64_t thousandths; ///< of one unit
};

constexpr std::int64_t one = 1000;
constexpr std::int64_t ki = 1024;

constexpr std::array<unit, 7> decimal_units{{
    {"m", 1},
    {"", one},
    {"k", one * 1000},
    {"M", one * 1000 * 1000},
    {"G", one * 1000 * 1000 * 1000},
    {"T", one * 1000 * 1000 * 1000 * 1000},
    {"P", one * 1000 * 1000 * 1000 * 1000 * 1000},
}};

constexpr std::array<unit, 5> binary_units{{
    {"Ki", one* ki},
    {"Mi", one* ki* ki},
    {"Gi", one* ki* ki* ki},
    {"Ti", one* ki* ki* ki* ki},
    {"Pi", one* ki* ki* ki* ki* ki},
}};

std::optional<std::int64_t> unit_of(std::string_view suffix, quantity::notation& written) {
  for (const auto& each : decimal_units)
    if (each.suffix == suffix)
      return each.thousandths;
  for (const auto& each : binary_units) {
    if (each.suffix != suffix)
      continue;
    written = quantity::notation::binary;
    return each.thousandths;
  }
  return std::nullopt;
}

std::optional<std::int64_t> power_of_ten(std::string_view suffix) {
  if (suffix.size() < 2 || (suffix[0] != 'e' && suffix[0] != 'E'))
    return std::nullopt;
  suffix.remove_prefix(suffix[1] == '+' ? 2 : 1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(suffix.data(), suffix.data() + suffix.size(), exponent);
  if (error != std::errc{} || end != suffix.data() + suffix.size() || exponent < -3
      || exponent > 15)
    return std::nullopt;
  std::int64_t result = 1;
  for (int i = -3; i < exponent; ++i)
    result *= 10;
  return result;
}

std::string with_unit(std::int64_t thousandths, const unit& chosen) {
  return std::to_string(thousandths / chosen.thousandths) + std::string{chosen.suffix};
}

} // namespace

std::optional<quantity> parse_quantity(std::string_view text) {
  const auto digits_end = text.find_first_not_of("+-0123456789.");
  const auto digits = text.substr(0, digits_end);
  const auto suffix
      = digits_end == std::string_view::npos ? std::string_view{} : text.substr(digits_end);
  if (digits.find_first_of("0123456789") == std::string_view::npos
      || digits.find_first_of("+-", 1) != std::string_view::npos)
    return std::nullopt;
  quantity result;
  auto factor = unit_of(suffix, result.written);
  if (!factor) {
    factor = power_of_ten(suffix);
    result.written = quantity::notation::exponent;
  }
  if (!factor)
    return std::nullopt;
  const auto without_plus = digits.substr(digits[0] == '+' ? 1 : 0);
  double number = 0;
  const auto [end, error]
      = std::from_chars(without_plus.data(), without_plus.data() + without_plus.size(), number);
  if (error != std::errc{} || end != without_plus.data() + without_plus.size())
    return std::nullopt;
  const auto thousandths = number * static_cast<double>(*factor);
  if (std::abs(thousandths) >= static_cast<double>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  result.thousandths = static_cast<std::int64_t>(std::ceil(thousandths));
  return result;
}

std::string text_of(const quantity& amount) {
  if (amount.thousandths == 0)
    return "0";
  if (amount.written == quantity::notation::binary && std::abs(amount.thousandths) >= one * ki)
    for (auto each = binary_units.rbegin(); each != binary_units.rend(); ++each)
      if (amount.thousandths % each->thousandths == 0)
        return with_unit(amount.thousandths, *each);
  for (auto each = decimal_units.rbegin(); each != decimal_units.rend(); ++each)
    if (amount.thousandths % each->thousandths == 0)
      return with_unit(amount.thousandths, *each);
  return std::to_string(amount.thousandths) + "m";
}

std::string canonical_quantity(const std::string& text) {
  const auto parsed = parse_quantity(text);
  if (!parsed || parsed->written == quantity::notation::exponent)
    return text;
  return text_of(*parsed);
}

} // namespace kubesim::kinds
