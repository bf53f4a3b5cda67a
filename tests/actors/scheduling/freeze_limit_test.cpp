#include "actors/scheduling/freeze_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace {

using namespace std::chrono_literals;
using actors::freeze_limit;
using std::chrono::nanoseconds;

/// A server that serves `width` freezes side by side, each in `quiet`; more wait for each other.
struct server {
  std::chrono::milliseconds quiet;
  std::size_t width;

  nanoseconds overhead(std::size_t in_flight) const {
    const auto rounds = std::max(1.0, static_cast<double>(in_flight) / static_cast<double>(width));
    return std::chrono::duration_cast<nanoseconds>(quiet * rounds);
  }
};

/// As many freezes as the limit lets in, again and again.
std::size_t settle(freeze_limit& limit, const server& on, int freezes = 20'000) {
  for (int i = 0; i < freezes; ++i)
    limit.note(on.overhead(limit.limit()), limit.limit());
  return limit.limit();
}

TEST(freeze_limit, rises_to_what_the_server_bears_and_stays_there) {
  for (const auto width : {8U, 40U, 150U, 600U}) {
    freeze_limit limit;
    const auto settled = settle(limit, {200ms, width});
    EXPECT_GE(settled, width * 8 / 10) << width;
    EXPECT_LE(settled, width * 14 / 10 + 2) << width;
  }
}

/// Were the first windows full, a busy server would be taken for a quiet one.
TEST(freeze_limit, does_not_lengthen_freezes_on_its_way_to_a_narrow_server) {
  freeze_limit limit;
  constexpr server narrow{200ms, 8};
  int slow = 0;
  for (int i = 0; i < 2000; ++i) {
    const auto took = narrow.overhead(limit.limit());
    slow += took > 280ms ? 1 : 0;
    limit.note(took, limit.limit());
  }
  EXPECT_LE(slow, 100) << "of 2,000 freezes, 1.4 times as long as one alone";
}

TEST(freeze_limit, rises_soon_on_a_server_that_is_not_busy) {
  freeze_limit limit;
  EXPECT_GE(settle(limit, {200ms, 100'000}, 500), 256U);
  EXPECT_EQ(settle(limit, {200ms, 100'000}), freeze_limit::settings{}.most);
}

TEST(freeze_limit, does_not_rise_while_few_freeze) {
  freeze_limit limit;
  const auto before = limit.limit();
  for (int i = 0; i < 1000; ++i)
    limit.note(100ms, 1);
  EXPECT_EQ(limit.limit(), before);
}

TEST(freeze_limit, follows_a_server_that_becomes_slower_and_faster_again) {
  freeze_limit limit;
  settle(limit, {200ms, 200});
  const auto slow = settle(limit, {200ms, 20}, 2000);
  EXPECT_LE(slow, 30U);
  EXPECT_GE(settle(limit, {200ms, 200}), 150U);
}

TEST(freeze_limit, never_falls_below_its_least) {
  freeze_limit limit;
  for (int i = 0; i < 100; ++i)
    limit.note(10ms, 1);
  for (int i = 0; i < 10'000; ++i)
    limit.note(60s, limit.limit());
  EXPECT_GE(limit.limit(), freeze_limit::settings{}.least);
}

TEST(freeze_limit, small_differences_of_a_quick_driver_are_noise) {
  freeze_limit limit;
  for (int i = 0; i < 1000; ++i)
    limit.note(i % 2 == 0 ? 2ms : 12ms, limit.limit());
  EXPECT_GE(limit.limit(), 256U);
}

/// One slow application among many says nothing of the server.
TEST(freeze_limit, a_few_slow_ones_do_not_lower_it) {
  freeze_limit limit;
  for (int i = 0; i < 2000; ++i)
    limit.note(i % 50 == 0 ? 10s : 100ms, limit.limit());
  EXPECT_GE(limit.limit(), 256U);
}

/// A driver that has become slower for good is the quiet one of now, after a while.
TEST(freeze_limit, forgets_how_quick_the_system_once_was) {
  freeze_limit limit;
  settle(limit, {50ms, 100'000}, 500);
  settle(limit, {500ms, 100'000}, 40'000);
  EXPECT_GE(limit.limit(), 64U);
}

} // namespace
