#include "bench/series.hpp"

#include <gtest/gtest.h>

namespace {

const bench::series scrape{{"h_bucket{le=\"1\"}", 10},
                           {"h_bucket{le=\"2\"}", 30},
                           {"h_bucket{le=\"10\"}", 40},
                           {"h_bucket{le=\"+Inf\"}", 40},
                           {"r{verb=\"get\"}", 5},
                           {"r{verb=\"list\"}", 2},
                           {"rest", 1}};

TEST(series, quantile_lies_linearly_within_its_bucket) {
  EXPECT_DOUBLE_EQ(bench::quantile(scrape, "h", 0.5), 1.5);
  EXPECT_DOUBLE_EQ(bench::quantile(scrape, "h", 0.25), 1);
  EXPECT_DOUBLE_EQ(bench::quantile(scrape, "h", 1), 10);
}

TEST(series, quantile_above_all_bounds_is_the_last_of_them) {
  EXPECT_DOUBLE_EQ(
      bench::quantile({{"h_bucket{le=\"1\"}", 0}, {"h_bucket{le=\"+Inf\"}", 3}}, "h", 0.5), 1);
}

TEST(series, quantile_of_no_samples_is_nothing) {
  EXPECT_DOUBLE_EQ(bench::quantile(scrape, "other", 0.5), 0);
}

TEST(series, total_adds_what_has_that_name_alone) {
  EXPECT_DOUBLE_EQ(bench::total(scrape, "r"), 7);
}

TEST(series, what_was_counted_between_two_scrapes_includes_what_is_new) {
  const auto grown = bench::between({{"a", 3}}, {{"a", 5}, {"b", 2}});
  EXPECT_EQ(grown, (bench::series{{"a", 2}, {"b", 2}}));
}

} // namespace
