#include "actors/scheduling/fair_gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using actors::fair_gate;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(fair_gate, no_more_are_let_in_than_may_be_inside) {
  fair_gate gate{2};
  for (fair_gate::ticket one : {1, 2, 3})
    gate.enter(one, "shop");
  EXPECT_THAT(gate.admit(), ElementsAre(1, 2));
  EXPECT_THAT(gate.admit(), IsEmpty());
  gate.leave();
  EXPECT_THAT(gate.admit(), ElementsAre(3));
  EXPECT_THAT(gate.admit(), IsEmpty());
}

TEST(fair_gate, a_namespace_that_floods_delays_another_by_one) {
  fair_gate gate{1};
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

} // namespace
