#include "tests/kubesim/api/kinds/time_text.hpp"

#include <array>
#include <cctype>
#include <charconv>

namespace kubesim::kinds {

namespace {

/// `2006-01-02T15:04:05` piece by piece, as the server's parser names what it misses.
struct piece {
  std::string_view layout;
  std::size_t digits; ///< 0: the text itself must follow
};

constexpr std::array<piece, 11> pieces{{
    {"2006", 4},
    {"-", 0},
    {"01", 2},
    {"-", 0},
    {"02", 2},
    {"T", 0},
    {"15", 2},
    {":", 0},
    {"04", 2},
    {":", 0},
    {"05", 2},
}};

bool starts_with_digits(std::string_view text, std::size_t count) {
  if (text.size() < count)
    return false;
  for (std::size_t i = 0; i < count; ++i)
    if (std::isdigit(static_cast<unsigned char>(text[i])) == 0)
      return false;
  return true;
}

std::string in_quotes(std::string_view text) {
  return "\"" + std::string{text} + "\"";
}

std::string cannot_parse(const std::string& text, std::string_view layout, std::string_view rest,
                         std::string_view missed) {
  return "parsing time " + in_quotes(text) + " as " + in_quotes(layout) + ": cannot parse "
         + in_quotes(rest) + " as " + in_quotes(missed);
}

bool is_zone(std::string_view text) {
  if (text == "Z")
    return true;
  return text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':'
         && starts_with_digits(text.substr(1), 2) && starts_with_digits(text.substr(4), 2);
}

std::size_t count_digits(std::string_view text) {
  std::size_t count = 0;
  while (count < text.size() && std::isdigit(static_cast<unsigned char>(text[count])) != 0)
    ++count;
  return count;
}

int number(std::string_view text, std::size_t at, std::size_t length) {
  int value = 0;
  std::from_chars(text.data() + at, text.data() + at + length, value);
  return value;
}

std::chrono::seconds zone_offset(std::string_view zone) {
  if (zone == "Z")
    return {};
  const auto span
      = std::chrono::hours{number(zone, 1, 2)} + std::chrono::minutes{number(zone, 4, 2)};
  return zone[0] == '-' ? -span : span;
}

} // namespace

std::string time_problem(const std::string& text, time_layout layout) {
  const bool wants_fraction = layout == time_layout::microseconds;
  const std::string_view name
      = wants_fraction ? "2006-01-02T15:04:05.000000Z07:00" : "2006-01-02T15:04:05Z07:00";
  std::string_view rest = text;
  for (const auto& each : pieces) {
    const bool fits
        = each.digits > 0 ? starts_with_digits(rest, each.digits) : rest.starts_with(each.layout);
    if (!fits)
      return cannot_parse(text, name, rest, each.layout);
    rest.remove_prefix(each.digits > 0 ? each.digits : each.layout.size());
  }
  if (wants_fraction && (!rest.starts_with('.') || count_digits(rest.substr(1)) < 6))
    return cannot_parse(text, name, rest, ".000000");
  if (rest.starts_with('.'))
    rest.remove_prefix(1 + count_digits(rest.substr(1)));
  return is_zone(rest) ? std::string{} : cannot_parse(text, name, rest, "Z07:00");
}

std::optional<std::chrono::system_clock::time_point> parse_time(std::string_view text) {
  if (!time_problem(std::string{text}, time_layout::seconds).empty())
    return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{year{number(text, 0, 4)},
                            month{static_cast<unsigned>(number(text, 5, 2))},
                            day{static_cast<unsigned>(number(text, 8, 2))}};
  if (!date.ok())
    return std::nullopt;
  const auto since_midnight
      = hours{number(text, 11, 2)} + minutes{number(text, 14, 2)} + seconds{number(text, 17, 2)};
  auto rest = text.substr(19);
  microseconds fraction{};
  if (rest.starts_with('.')) {
    const auto digits = count_digits(rest.substr(1));
    std::string six{rest.substr(1, std::min<std::size_t>(digits, 6))};
    six.resize(6, '0');
    fraction = microseconds{number(six, 0, 6)};
    rest.remove_prefix(1 + digits);
  }
  return system_clock::time_point{sys_days{date}} + since_midnight + fraction - zone_offset(rest);
}

std::string format_time(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto day_start = floor<days>(when);
  const year_month_day date{day_start};
  const hh_mm_ss clock{floor<seconds>(when - day_start)};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string human_duration(std::chrono::seconds span) {
  const auto total = span.count();
  if (total < -1)
    return "<invalid>";
  if (total < 0)
    return "0s";
  const auto pair = [](std::int64_t large, char large_unit, std::int64_t small, char small_unit) {
    auto text = std::to_string(large) + large_unit;
    return small == 0 ? text : text + std::to_string(small) + small_unit;
  };
  constexpr std::int64_t minute = 60, hour = 60 * minute, day = 24 * hour, year = 365 * day;
  if (total < 2 * minute)
    return std::to_string(total) + "s";
  if (total < 10 * minute)
    return pair(total / minute, 'm', total % minute, 's');
  if (total < 3 * hour)
    return std::to_string(total / minute) + "m";
  if (total < 8 * hour)
    return pair(total / hour, 'h', total % hour / minute, 'm');
  if (total < 2 * day)
    return std::to_string(total / hour) + "h";
  if (total < 8 * day)
    return pair(total / day, 'd', total % day / hour, 'h');
  if (total < 2 * year)
    return std::to_string(total / day) + "d";
  if (total < 8 * year)
    return pair(total / year, 'y', total % year / day, 'd');
  return std::to_string(total / year) + "y";
}

} // namespace kubesim::kinds
