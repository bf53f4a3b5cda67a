#include "tests/scenarios/server_record.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

server_record::session frozen(const char* user, std::chrono::milliseconds at,
                              const char* id = "1") {
  return {at, true, user, "shop", "db-0", id, "go"};
}

server_record::session thawed(const char* user, std::chrono::milliseconds at, const char* id = "1",
                              const char* why = "line") {
  return {at, false, user, "shop", "db-0", id, why};
}

server_record::write write(const char* user, std::chrono::milliseconds at) {
  return {at, user, "PATCH", "/x"};
}

TEST(server_record, a_rescue_of_another_replica_ends_a_freeze) {
  const auto all = freezes_of(
      {.sessions = {frozen("a", 0ms), thawed("b", 9s), thawed("a", 9s)}, .writes{}, .leases{}});
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].thawed, 9s);
  EXPECT_THAT(broken_freezes(all, 8s), IsEmpty());
  EXPECT_THAT(broken_freezes(all, 7s), ElementsAre(HasSubstr("I1: shop/db-0")));
}

TEST(server_record, a_second_freeze_before_the_thaw_breaks_i2) {
  const auto all = freezes_of(
      {.sessions = {frozen("a", 0ms), frozen("b", 1s, "2"), thawed("b", 2s, "2"), thawed("a", 3s)},
       .writes{},
       .leases{}});
  EXPECT_THAT(broken_freezes(all, 8s), ElementsAre(HasSubstr("I2: shop/db-0 was frozen while")));
}

TEST(server_record, a_rescue_of_another_session_ends_nothing) {
  const auto all = freezes_of(
      {.sessions = {frozen("a", 0ms), thawed("b", 2s, "2", "rescue")}, .writes{}, .leases{}});
  EXPECT_THAT(broken_freezes(all, 8s), ElementsAre(HasSubstr("never thawed")));
}

TEST(server_record, who_leaves_the_thaw_to_the_timer_breaks_i1) {
  const auto all = freezes_of(
      {.sessions = {frozen("a", 0ms), thawed("a", 8s, "1", "timer")}, .writes{}, .leases{}});
  EXPECT_THAT(broken_freezes(all, 8s), ElementsAre(HasSubstr("nothing but its timer")));
}

TEST(server_record, who_acts_after_his_lease_or_in_anothers_breaks_i7) {
  server_record record;
  record.leases = {write("a", 0s), write("a", 2s), write("b", 8s)};
  record.writes = {write("a", 1s), write("a", 6s), write("a", 6001ms),
                   write("a", 9s), write("b", 7s), write("b", 9s)};
  record.sessions = {frozen("a", 10s), thawed("a", 11s), frozen("b", 11s), thawed("b", 12s)};
  EXPECT_THAT(acts_without_a_lease(record, 4s),
              ElementsAre(HasSubstr("at 10000 a without a lease: froze shop/db-0"),
                          HasSubstr("at 6001 a"), HasSubstr("at 9000 a"), HasSubstr("at 7000 b")));
}

TEST(server_record, a_takeover_takes_from_the_last_renewal_to_the_first_act) {
  server_record record;
  record.leases = {write("a", 0s), write("a", 2s), write("b", 6s), write("b", 8s)};
  record.writes = {write("a", 1s), write("b", 7s), write("b", 9s)};
  EXPECT_THAT(takeovers_of(record), ElementsAre(5s));
}

} // namespace
} // namespace scenarios
