#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kubesim::kinds {

/// A resource.Quantity, in thousandths; good to about 9 Pi.
struct quantity {
  std::int64_t thousandths = 0;
  enum class notation { decimal, binary, exponent } written = notation::decimal;

  std::int64_t whole_rounded_up() const { return (thousandths + 999) / 1000; }
  auto operator<=>(const quantity& other) const { return thousandths <=> other.thousandths; }
  bool operator==(const quantity& other) const { return thousandths == other.thousandths; }
};

inline constexpr std::string_view malformed_quantity
    = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/// Nothing for malformed text and for numbers that do not fit.
std::optional<quantity> parse_quantity(std::string_view text);

/// In its shortest form: `1Gi`, `500m`.
std::string text_of(const quantity& amount);

/// As the server writes it back: `1024Mi` becomes `1Gi`, `0.5` becomes `500m`; text that does not
/// parse stays.
std::string canonical_quantity(const std::string& text);

} // namespace kubesim::kinds
