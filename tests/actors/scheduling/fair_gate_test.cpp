#include "actors/scheduling/fair_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using actors::fair_gate;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(fair_gate, no_more_are_let_in_than_may_be_inside) {
  fair_gate gate{{.inside = 2, .ahead = 9}};
  for (fair_gate::ticket one : {1, 2, 3})
    gate.enter(one, "shop");
  EXPECT_THAT(gate.admit(), ElementsAre(1, 2));
  EXPECT_THAT(gate.admit(), IsEmpty());
  gate.leave();
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  EXPECT_THAT(gate.admit(), IsEmpty());
}

TEST(fair_gate, a_namespace_that_floods_delays_another_by_one) {
  fair_gate gate{{.inside = 1, .ahead = 9}};
  for (fair_gate::ticket one = 1; one <= 5000; ++one)
    gate.enter(one, "flood");
  EXPECT_THAT(gate.admit(), ElementsAre(1));
  gate.enter(9000, "shop");
  gate.enter(9001, "shop");
  std::vector<fair_gate::ticket> order;
  for (int i = 0; i < 4; ++i) {
    gate.leave();
    const auto next = gate.admit();
    order.insert(order.end(), next.begin(), next.end());
  }
  EXPECT_THAT(order, ElementsAre(2, 9000, 3, 9001));
}

/// Two of the flood are inside, and do not move on.
void hold_up(fair_gate& gate) {
  for (fair_gate::ticket one = 1; one <= 9; ++one)
    gate.enter(one, "flood");
  EXPECT_THAT(gate.admit(), ElementsAre(1, 2));
}

TEST(fair_gate, a_namespace_waits_for_its_own_and_others_pass_it) {
  fair_gate gate{{.inside = 9, .ahead = 2}};
  hold_up(gate);
  EXPECT_TRUE(gate.is_held_up());
  gate.leave();
  gate.leave();
  EXPECT_THAT(gate.admit(), IsEmpty());
  gate.enter(9000, "shop");
  EXPECT_THAT(gate.admit(), ElementsAre(9000));
  gate.move_on("flood");
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  EXPECT_TRUE(gate.is_held_up());
}

TEST(fair_gate, relents_by_one_for_each_time) {
  fair_gate gate{{.inside = 9, .ahead = 2}};
  hold_up(gate);
  gate.relent(8);
  EXPECT_FALSE(gate.is_held_up());
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  gate.relent(8);
  EXPECT_THAT(gate.admit(), ElementsAre(4));
  EXPECT_TRUE(gate.is_held_up());
}

TEST(fair_gate, relents_to_those_first_that_are_held_up_longest) {
  fair_gate gate{{.inside = 99, .ahead = 1}};
  for (const auto* name : {"shop", "bank", "farm"})
    for (fair_gate::ticket one = 0; one < 3; ++one)
      gate.enter(static_cast<fair_gate::ticket>(*name) * 10 + one, name);
  EXPECT_THAT(gate.admit(), ElementsAre('s' * 10, 'b' * 10, 'f' * 10));
  gate.relent(2);
  EXPECT_THAT(gate.admit(), ElementsAre('s' * 10 + 1, 'b' * 10 + 1));
  gate.relent(2);
  EXPECT_THAT(gate.admit(), ElementsAre('f' * 10 + 1, 's' * 10 + 2));
}

TEST(fair_gate, what_was_let_in_beyond_moves_on_before_others_may_enter) {
  fair_gate gate{{.inside = 9, .ahead = 2}};
  hold_up(gate);
  gate.relent(8);
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  gate.leave();
  gate.move_on("flood");
  EXPECT_THAT(gate.admit(), IsEmpty());
  gate.move_on("flood");
  EXPECT_THAT(gate.admit(), ElementsAre(4));
}

TEST(fair_gate, who_was_let_in_for_nothing_gives_its_place_to_the_next) {
  fair_gate gate{{.inside = 9, .ahead = 2}};
  hold_up(gate);
  gate.relent(8);
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  gate.leave();
  gate.take_back("flood");
  EXPECT_THAT(gate.admit(), ElementsAre(4));
  EXPECT_TRUE(gate.is_held_up());
}

TEST(fair_gate, who_enters_first_passes_all_and_holds_nobody_up) {
  fair_gate gate{{.inside = 3, .ahead = 1}};
  gate.enter(1, "shop");
  gate.enter_first(100);
  gate.enter_first(101);
  gate.enter_first(102);
  EXPECT_THAT(gate.admit(), ElementsAre(100, 101, 102));
  gate.leave();
  EXPECT_THAT(gate.admit(), ElementsAre(1));
}

TEST(fair_gate, a_namespace_that_is_through_begins_anew) {
  fair_gate gate{{.inside = 1, .ahead = 1}};
  for (fair_gate::ticket one : {1, 2, 3}) {
    gate.enter(one, "shop");
    EXPECT_THAT(gate.admit(), ElementsAre(one));
    gate.leave();
    gate.move_on("shop");
    EXPECT_FALSE(gate.is_held_up());
  }
}

TEST(fair_gate, who_moves_on_while_nobody_waits_leaves_room_for_who_comes_then) {
  fair_gate gate{{.inside = 4, .ahead = 2}};
  for (fair_gate::ticket one : {1, 2})
    gate.enter(one, "shop");
  EXPECT_THAT(gate.admit(), ElementsAre(1, 2));
  gate.move_on("shop");
  gate.enter(3, "shop");
  gate.enter(4, "shop");
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  gate.move_on("shop");
  EXPECT_THAT(gate.admit(), ElementsAre(4));
}

} // namespace
