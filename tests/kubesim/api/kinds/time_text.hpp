#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace kubesim::kinds {

enum class time_layout { seconds, microseconds };

/// Why the server does not take the text as a time, in its words; empty if it does. A MicroTime
/// needs its six digits.
std::string time_problem(const std::string& text, time_layout layout);

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text);

/// `2026-01-31T12:00:00Z`
std::string format_time(std::chrono::system_clock::time_point when);

/// How long ago, as kubectl shows ages: `5s`, `3m20s`, `2d4h`, `400d`.
std::string human_duration(std::chrono::seconds span);

} // namespace kubesim::kinds
