#pragma once

#include <array>
#include <optional>
#include <string_view>

/// Enumerations as words of the API.
namespace crds {

template <class Enum>
struct word {
  Enum value;
  std::string_view text;
};

template <class Enum, std::size_t Count>
constexpr std::string_view word_of(const std::array<word<Enum>, Count>& words, Enum value) {
  for (const auto& each : words)
    if (each.value == value)
      return each.text;
  return {};
}

template <class Enum, std::size_t Count>
constexpr std::optional<Enum> find_word(const std::array<word<Enum>, Count>& words,
                                        std::string_view text) {
  for (const auto& each : words)
    if (each.text == text)
      return each.value;
  return std::nullopt;
}

} // namespace crds
