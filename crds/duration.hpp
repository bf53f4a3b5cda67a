#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace crds {

/// A hundred years: so much still fits when it is added to a time in nanoseconds.
inline constexpr std::chrono::milliseconds longest_duration = std::chrono::days{36'500};

/// A duration as users write it: one or more of `<number><ms|s|m|h|d>`, largest unit first
/// (`500ms`, `30s`, `1h30m`, `7d`). Empty if the text is no such duration, is negative, or is more
/// than `longest_duration`.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back: `90s`, `1h`. What is negative becomes `0s`.
std::string format_duration(std::chrono::milliseconds span);

} // namespace crds
