#include "bench/figures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bench {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;

TEST(figures, median_is_the_middle_whatever_the_order) {
  EXPECT_EQ(median({9ms, 1ms, 5ms}), 5ms);
  EXPECT_EQ(median({4ms, 1ms, 2ms, 9ms}), 3ms);
  EXPECT_EQ(median({7ms}), 7ms);
}

TEST(figures, quantile_is_the_least_that_so_many_are_not_above) {
  std::vector<duration> runs;
  for (int i = 100; i > 0; --i)
    runs.push_back(i * 1ms);
  EXPECT_EQ(quantile(runs, 0.99), 99ms);
  EXPECT_EQ(quantile(runs, 0.5), 50ms);
  EXPECT_EQ(quantile(runs, 1), 100ms);
  EXPECT_EQ(quantile(runs, 0), 1ms);
  EXPECT_EQ(quantile({3ms}, 0.99), 3ms);
}

TEST(figures, times_are_told_in_a_unit_that_fits) {
  EXPECT_EQ(text(1234us), "1.23 ms");
  EXPECT_EQ(text(45'600us), "45.6 ms");
  EXPECT_EQ(text(2'345ms), "2.35 s");
}

TEST(figures, a_row_says_when_its_goal_is_missed) {
  const figure met{"wall time", "3 s", "one 2 s", 1.5, 2.0};
  EXPECT_THAT(row(met), EndsWith("1.50  <= 2.0"));
  const figure missed{"wall time", "5 s", "one 2 s", 2.5, 2.0};
  EXPECT_THAT(row(missed), EndsWith("2.50  <= 2.0  MISSED"));
}

} // namespace
} // namespace bench
