#include "actors/scheduling/freeze_turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using actors::freeze_turns;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(freeze_turns, what_shares_nothing_does_not_wait) {
  freeze_turns turns;
  EXPECT_TRUE(turns.enter(1, {"a"}));
  EXPECT_TRUE(turns.enter(2, {"b"}));
}

TEST(freeze_turns, the_second_waits_for_the_first) {
  freeze_turns turns;
  EXPECT_TRUE(turns.enter(1, {"a", "b"}));
  EXPECT_FALSE(turns.enter(2, {"b", "c"}));
  EXPECT_THAT(turns.ahead_of(2), ElementsAre(1));
  EXPECT_THAT(turns.leave(1), ElementsAre(2));
  EXPECT_THAT(turns.ahead_of(2), IsEmpty());
}

TEST(freeze_turns, a_late_comer_does_not_overtake_one_that_waits_for_more) {
  freeze_turns turns;
  turns.enter(1, {"a"});
  turns.enter(2, {"a", "b"});
  EXPECT_FALSE(turns.enter(3, {"b"})) << "or the second would starve";
  EXPECT_THAT(turns.leave(1), ElementsAre(2));
  EXPECT_THAT(turns.leave(2), ElementsAre(3));
}

TEST(freeze_turns, who_gives_up_waiting_lets_the_next_pass) {
  freeze_turns turns;
  turns.enter(1, {"a"});
  turns.enter(2, {"a", "b"});
  turns.enter(3, {"b"});
  EXPECT_THAT(turns.leave(2), ElementsAre(3));
  EXPECT_THAT(turns.leave(1), IsEmpty());
}

TEST(freeze_turns, one_departure_may_let_several_pass) {
  freeze_turns turns;
  turns.enter(1, {"a", "b"});
  turns.enter(2, {"a"});
  turns.enter(3, {"b"});
  EXPECT_THAT(turns.leave(1), ElementsAre(2, 3));
}

TEST(freeze_turns, what_froze_before_goes_first_and_is_waited_for) {
  freeze_turns turns;
  turns.enter_first(1, {"a"});
  turns.enter_first(2, {"a"});
  EXPECT_FALSE(turns.enter(3, {"a"}));
  EXPECT_THAT(turns.leave(1), IsEmpty());
  EXPECT_THAT(turns.leave(2), ElementsAre(3));
}

TEST(freeze_turns, whoever_is_not_there_leaves_nothing) {
  freeze_turns turns;
  EXPECT_THAT(turns.leave(7), IsEmpty());
  EXPECT_THAT(turns.ahead_of(7), IsEmpty());
}

TEST(freeze_turns, one_without_keys_never_waits) {
  freeze_turns turns;
  EXPECT_TRUE(turns.enter(1, {}));
  EXPECT_THAT(turns.leave(1), IsEmpty());
}

} // namespace
