#include "actors/operator_config.hpp"

#include <gtest/gtest.h>

namespace {

using actors::config_problem;
using actors::operator_config;

operator_config accepted(const std::string& yaml) {
  const auto parsed = actors::parse_config(yaml);
  const auto* problem = std::get_if<config_problem>(&parsed);
  EXPECT_EQ(problem, nullptr) << (problem ? problem->message : "");
  return problem ? operator_config{} : std::get<operator_config>(parsed);
}

std::string refused(const std::string& yaml) {
  const auto parsed = actors::parse_config(yaml);
  const auto* problem = std::get_if<config_problem>(&parsed);
  return problem ? problem->message : "accepted";
}

TEST(operator_config, knows_the_limits_of_drivers) {
  const auto config = accepted(R"(drivers:
  ebs.csi.aws.com: {maxConcurrent: 40, perSecond: 0.5}
  slow.example.com:
    thawOn: Ready
)");
  ASSERT_EQ(config.limits.size(), 1U);
  EXPECT_EQ(config.limits.at("ebs.csi.aws.com"),
            (actors::driver_limits{.most_at_once = 40, .per_second = 0.5}));
  ASSERT_EQ(config.thaw_on_driver.size(), 1U);
  EXPECT_EQ(config.thaw_on_driver.at("slow.example.com"), crds::thaw_on::ready);
}

TEST(operator_config, an_empty_file_sets_nothing) {
  EXPECT_TRUE(accepted("").limits.empty());
  EXPECT_TRUE(accepted("# nothing yet\n").limits.empty());
}

TEST(operator_config, says_where_and_what_is_wrong) {
  EXPECT_EQ(refused("drivers:\n  a:\n    maxConcurent: 3\n"),
            "line 3: drivers[a].maxConcurent is not known; a driver has maxConcurrent, perSecond "
            "and thawOn");
  EXPECT_EQ(refused("drivers:\n  a: {maxConcurrent: 0}\n"),
            "line 2: drivers[a].maxConcurrent is \"0\"; write a whole number from 1 on");
  EXPECT_EQ(refused("drivers:\n  a: {maxConcurrent: -1}\n"),
            "line 2: drivers[a].maxConcurrent is \"-1\"; write a whole number from 1 on");
  EXPECT_EQ(refused("drivers:\n  a: {maxConcurrent: 2.5}\n"),
            "line 2: drivers[a].maxConcurrent is \"2.5\"; write a whole number from 1 on");
  EXPECT_EQ(refused("drivers:\n  a: {perSecond: none}\n"),
            "line 2: drivers[a].perSecond is \"none\"; write a number above 0, such as 0.5");
  EXPECT_EQ(refused("drivers:\n  a: {perSecond: .inf}\n"),
            "line 2: drivers[a].perSecond is \".inf\"; write a number above 0, such as 0.5");
  EXPECT_EQ(refused("drivers:\n  a: {thawOn: [Cut]}\n"),
            "line 2: drivers[a].thawOn is no single value; write Cut or Ready");
  EXPECT_EQ(refused("drivers:\n  a: 3\n"),
            "line 2: drivers[a] is no mapping; write maxConcurrent, perSecond or thawOn below it");
  EXPECT_EQ(refused("drivers: [a]\n"),
            "line 1: drivers is no mapping; write a driver's name and its limits below it");
  EXPECT_EQ(refused("driver: {}\n"), "line 1: driver is not known; the file has drivers");
  EXPECT_EQ(refused("just words"), "line 1: the file is no mapping; it begins with drivers:");
  EXPECT_EQ(refused("drivers: {a"), refused("drivers: {a")) << "no crash";
  EXPECT_EQ(refused("drivers: {a").substr(0, 8), "no YAML:");
}

TEST(operator_config, a_file_that_is_not_there_cannot_be_read) {
  const auto read = actors::read_config("/does/not/exist");
  ASSERT_TRUE(std::holds_alternative<config_problem>(read));
  EXPECT_EQ(std::get<config_problem>(read).message, "cannot be read");
}

} // namespace
