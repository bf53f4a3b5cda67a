#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace crds {

/// A duration as users write it: one or more of `<number><ms|s|m|h|d>`, largest unit first (`500ms`, `30s`, `1h30m`, `7d`). Empty
/// if the text is no such duration, is negative, or does not fit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest text that `parse_duration` reads back.
std::string format_duration(std::chrono::milliseconds span);

} // namespace crds
