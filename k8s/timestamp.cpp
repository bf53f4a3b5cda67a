// RFC 3339 instants, as object_meta.hpp declares them.
#include "k8s/object_meta.hpp"

#include <array>
#include <charconv>
#include <cstdio>

namespace k8s {

namespace {

using std::chrono::nanoseconds;

/// Takes the text from the front, piece by piece; the first piece that does not fit spoils the
/// rest.
class time_scanner {
public:
  explicit time_scanner(std::string_view text) : rest_{text} {}

  int number(std::size_t digits) {
    int value = 0;
    if (rest_.size() < digits || !starts_with_digits(digits))
      return spoil();
    std::from_chars(rest_.data(), rest_.data() + digits, value);
    rest_.remove_prefix(digits);
    return value;
  }

  void expect(std::string_view any_of) {
    if (!take(any_of))
      spoil();
  }

  bool take(std::string_view any_of) {
    if (rest_.empty() || any_of.find(rest_.front()) == std::string_view::npos)
      return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// Digits after the decimal point; those beyond nanoseconds are dropped.
  nanoseconds fraction() {
    if (rest_.empty() || !is_digit(rest_.front()))
      spoil();
    nanoseconds value{0};
    for (nanoseconds unit{100'000'000}; !rest_.empty() && is_digit(rest_.front()); unit /= 10) {
      value += unit * (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  bool is_negative() { return !rest_.empty() && rest_.front() == '-'; }
  bool ended_well() const { return !spoilt_ && rest_.empty(); }

private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  bool starts_with_digits(std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i)
      if (!is_digit(rest_[i]))
        return false;
    return true;
  }
  int spoil() {
    spoilt_ = true;
    return 0;
  }

  std::string_view rest_;
  bool spoilt_ = false;
};

std::chrono::minutes scan_offset(time_scanner& scan) {
  if (scan.take("Zz"))
    return {};
  const int sign = scan.is_negative() ? -1 : 1;
  scan.expect("+-");
  const int hours = scan.number(2);
  scan.expect(":");
  const int minutes = scan.number(2);
  return std::chrono::minutes{sign * (hours * 60 + minutes)};
}

struct civil_time {
  std::chrono::year_month_day day;
  int hour, minute, second, microsecond;
};

civil_time civil(timestamp at) {
  using namespace std::chrono;
  const auto midnight = floor<days>(at);
  const hh_mm_ss clock{floor<microseconds>(at - midnight)};
  return {year_month_day{midnight}, static_cast<int>(clock.hours().count()),
          static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()),
          static_cast<int>(clock.subseconds().count())};
}

template <class... Numbers>
std::string format(const char* pattern, const civil_time& at, Numbers... more) {
  std::array<char, 80> text{};
  const int length
      = std::snprintf(text.data(), text.size(), pattern, static_cast<int>(at.day.year()),
                      static_cast<unsigned>(at.day.month()), static_cast<unsigned>(at.day.day()),
                      at.hour, at.minute, at.second, more...);
  return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace

result<timestamp> parse_timestamp(std::string_view text) {
  using namespace std::chrono;
  time_scanner scan{text};
  const year y{scan.number(4)};
  scan.expect("-");
  const month m{static_cast<unsigned>(scan.number(2))};
  scan.expect("-");
  const day d{static_cast<unsigned>(scan.number(2))};
  scan.expect("Tt ");
  const int hour = scan.number(2);
  scan.expect(":");
  const int minute = scan.number(2);
  scan.expect(":");
  const int second = scan.number(2);
  const nanoseconds fraction = scan.take(".") ? scan.fraction() : nanoseconds{0};
  const auto offset = scan_offset(scan);
  const year_month_day date{y, m, d};
  // RFC 3339 allows 60 for a leap second; sys_time has none, so it is the next second.
  // Nanoseconds in 64 bits end in 2262 and begin in 1677.
  if (!scan.ended_well() || !date.ok() || hour > 23 || minute > 59 || second > 60 || y < year{1678}
      || y > year{2261})
    return error{.code = errc::protocol,
                 .attempted = "reading a timestamp",
                 .detail = '"' + std::string{text} + "\" is not an RFC 3339 time"};
  return timestamp{sys_days{date} + hours{hour} + minutes{minute} + seconds{second} + fraction
                   - offset};
}

std::string to_rfc3339_micro(timestamp at) {
  const civil_time when = civil(at);
  return format("%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", when, when.microsecond);
}

std::string to_rfc3339(timestamp at) {
  return format("%04d-%02u-%02uT%02d:%02d:%02dZ", civil(at));
}

} // namespace k8s
