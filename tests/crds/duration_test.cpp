#include "crds/duration.hpp"

#include <gtest/gtest.h>

namespace crds {
namespace {

using namespace std::chrono_literals;

TEST(duration, reads_what_users_write) {
  EXPECT_EQ(parse_duration("500ms"), 500ms);
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("10m"), 10min);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("7d"), std::chrono::days{7});
  EXPECT_EQ(parse_duration("1d2h3m4s5ms"), std::chrono::days{1} + 2h + 3min + 4s + 5ms);
  EXPECT_EQ(parse_duration("0s"), 0ms);
  EXPECT_EQ(parse_duration("007s"), 7s);
}

TEST(duration, refuses_what_is_none) {
  for (const auto* text : {"", "30", "s", "abc", "-30s", "+30s", "1.5h", "30 s", " 30s", "30s ",
                           "30S", "1w", "1us", "30s1h", "1h1h", "1m1d", "1h30", "1hm"})
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
}

TEST(duration, refuses_what_does_not_fit) {
  EXPECT_EQ(parse_duration("36500d"), longest_duration);
  EXPECT_EQ(parse_duration("36500d1ms"), std::nullopt);
  EXPECT_EQ(parse_duration("36501d"), std::nullopt);
  EXPECT_EQ(parse_duration("9223372036854775807d"), std::nullopt);
  EXPECT_EQ(parse_duration("99999999999999999999999s"), std::nullopt);
}

TEST(duration, is_written_as_short_as_possible) {
  for (const auto& [span, text] :
       std::initializer_list<std::pair<std::chrono::milliseconds, std::string>>{
           {0ms, "0s"},
           {1ms, "1ms"},
           {500ms, "500ms"},
           {1000ms, "1s"},
           {1001ms, "1s1ms"},
           {60s, "1m"},
           {90s, "90s"},
           {3600s, "1h"},
           {24h, "1d"},
           {25h, "25h"},
           {24h + 1ms, "1d1ms"},
           {-5s, "0s"},
       })
    EXPECT_EQ(format_duration(span), text);
}

TEST(duration, survives_writing_and_reading) {
  for (std::int64_t span = 1; span < longest_duration.count() / 3; span = span * 3 + 1)
    EXPECT_EQ(parse_duration(format_duration(std::chrono::milliseconds{span})),
              std::chrono::milliseconds{span});
  EXPECT_EQ(parse_duration(format_duration(longest_duration)), longest_duration);
}

} // namespace
} // namespace crds
