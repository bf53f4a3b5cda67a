#include "tests/sweeps/evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sweeps {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

hook_run pre(const std::string& pod, std::chrono::milliseconds when) {
  return {hook_run::hook::pre, pod, when};
}

hook_run post(const std::string& pod, std::chrono::milliseconds when) {
  return {hook_run::hook::post, pod, when};
}

TEST(evidence, one_freeze_and_its_thaw_are_right) {
  EXPECT_THAT(broken_freezes({pre("a", 0ms), pre("b", 1ms), post("a", 900ms), post("b", 1s)}, 1s),
              IsEmpty());
}

TEST(evidence, a_post_hook_may_run_twice_and_without_a_freeze) {
  EXPECT_THAT(broken_freezes({post("a", 0ms), pre("a", 1s), post("a", 2s), post("a", 9s)}, 1s),
              IsEmpty());
}

TEST(evidence, a_freeze_that_lasts_too_long_breaks_i1) {
  EXPECT_THAT(broken_freezes({pre("a", 0ms), post("a", 2001ms)}, 1s),
              ElementsAre(HasSubstr("I1: a was frozen for 2001 ms")));
  EXPECT_THAT(broken_freezes({pre("a", 0ms), post("a", 2000ms)}, 1s), IsEmpty());
}

TEST(evidence, a_freeze_without_a_thaw_breaks_i2) {
  const std::vector<hook_run> runs{pre("a", 0ms), pre("b", 0ms), post("b", 1s)};
  EXPECT_TRUE(is_frozen(runs));
  EXPECT_THAT(broken_freezes(runs, 1s), ElementsAre(HasSubstr("I2: a was never thawed")));
}

TEST(evidence, a_pod_that_is_gone_took_its_freeze_with_it) {
  EXPECT_THAT(broken_freezes({pre("a", 0ms)}, 1s, {"a"}), IsEmpty());
  EXPECT_FALSE(is_frozen({pre("a", 0ms)}, {"a"}));
}

TEST(evidence, two_freezes_at_once_break_i2) {
  EXPECT_THAT(broken_freezes({pre("a", 0ms), pre("a", 1ms), post("a", 2ms)}, 1s),
              ElementsAre(HasSubstr("I2: a was frozen while")));
}

} // namespace
} // namespace sweeps
