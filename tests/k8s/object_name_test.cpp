#include "k8s/object_name.hpp"

#include <gtest/gtest.h>

#include <set>

namespace {

using k8s::short_digest;
using k8s::unique_name;

TEST(object_name, a_digest_is_short_stable_and_fit_for_a_name) {
  const auto digest = short_digest("some text");
  EXPECT_EQ(digest.size(), 10U);
  EXPECT_EQ(digest.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789"), std::string::npos);
  EXPECT_EQ(short_digest("some text"), digest);
  std::set<std::string> all;
  for (int i = 0; i < 1000; ++i)
    all.insert(short_digest(std::to_string(i)));
  EXPECT_EQ(all.size(), 1000U);
}

TEST(object_name, says_what_it_is_of_and_differs_by_what_makes_it_unique) {
  const auto name = unique_name("data-restored", "uid-1");
  EXPECT_EQ(name.rfind("data-restored-", 0), 0U);
  EXPECT_EQ(unique_name("data-restored", "uid-1"), name);
  EXPECT_NE(unique_name("data-restored", "uid-2"), name);
}

TEST(object_name, is_no_longer_than_names_may_be_and_still_unique) {
  const std::string longest(300, 'a');
  const auto name = unique_name(longest, "uid-1");
  EXPECT_LE(name.size(), 253U);
  EXPECT_NE(unique_name(longest, "uid-2"), name);
}

TEST(object_name, a_cut_name_does_not_end_in_what_may_not_end_a_part) {
  for (std::size_t at = 230; at < 253; ++at) {
    const auto name = unique_name(std::string(at, 'a') + ".-" + std::string(60, 'b'), "uid");
    const auto before_digest = name.at(name.size() - sizeof "-0123456789");
    EXPECT_TRUE(before_digest == 'a' || before_digest == 'b') << at << ": " << name;
  }
}

} // namespace
