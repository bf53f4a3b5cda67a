#include "actors/scheduling/driver_slots.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace {

using namespace std::chrono_literals;
using actors::driver_limits;
using actors::driver_slots;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const driver_slots::time_point start{1h};

/// Enters tickets `first`, `first + 1`, ... of one snapshot each. They freeze nothing, so that no
/// other limits apply than those that were set.
void enter_many(driver_slots& slots, driver_slots::ticket first, int count,
                const std::string& name_space, const std::string& driver = "a") {
  for (int i = 0; i < count; ++i)
    slots.enter(first + static_cast<driver_slots::ticket>(i), name_space, {{driver, 1}}, false);
}

TEST(driver_slots, a_driver_without_limits_admits_up_to_what_it_has_proved_to_cut_promptly) {
  driver_slots slots{{}};
  for (driver_slots::ticket one = 1; one <= 100; ++one)
    slots.enter(one, "shop", {{"a", 1}}, true);
  const auto admitted = slots.admit(start);
  EXPECT_THAT(admitted, SizeIs(actors::freeze_limit{}.limit()));
  EXPECT_THAT(slots.depths(), ElementsAre(Pair("a", 100 - admitted.size())));
}

TEST(driver_slots, what_freezes_nothing_does_not_count_among_the_freezes) {
  driver_slots slots{{}};
  const auto limit = actors::freeze_limit{}.limit();
  for (driver_slots::ticket one = 1; one <= 3 * limit; ++one)
    slots.enter(one, "shop", {{"a", 1}}, false);
  EXPECT_THAT(slots.admit(start), SizeIs(3 * limit)) << "as nobody is frozen meanwhile";
  slots.enter(9000, "shop", {{"a", 1}}, true);
  EXPECT_THAT(slots.admit(start), ElementsAre(9000)) << "however long the others take";
}

TEST(driver_slots, no_more_snapshots_are_asked_for_at_once_than_allowed) {
  driver_slots slots{{{"a", {.most_at_once = 3}}}};
  slots.enter(1, "shop", {{"a", 2}}, true);
  slots.enter(2, "shop", {{"a", 2}}, true);
  slots.enter(3, "shop", {{"a", 1}}, true);
  EXPECT_THAT(slots.admit(start), ElementsAre(1)) << "nobody passes the first who waits";
  EXPECT_TRUE(slots.is_waiting(2));
  EXPECT_EQ(slots.driver_waited_for(2), "a");
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(2, 3));
  EXPECT_EQ(slots.driver_waited_for(2), "");
}

TEST(driver_slots, one_that_wants_more_than_the_limit_has_the_driver_for_itself) {
  driver_slots slots{{{"a", {.most_at_once = 2}}}};
  slots.enter(1, "shop", {{"a", 1}}, true);
  slots.enter(2, "shop", {{"a", 5}}, true);
  EXPECT_THAT(slots.admit(start), ElementsAre(1));
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(2));
  slots.enter(3, "shop", {{"a", 1}}, true);
  EXPECT_THAT(slots.admit(start), IsEmpty());
}

TEST(driver_slots, no_more_snapshots_a_second_are_asked_for_than_allowed) {
  driver_slots slots{{{"a", {.per_second = 2}}}};
  enter_many(slots, 1, 2, "shop");
  slots.enter(3, "shop", {{"a", 3}}, false);
  enter_many(slots, 4, 1, "shop");
  EXPECT_THAT(slots.admit(start), ElementsAre(1));
  EXPECT_EQ(slots.next_admission(start), start + 500ms);
  EXPECT_THAT(slots.admit(start + 499ms), IsEmpty());
  EXPECT_THAT(slots.admit(start + 500ms), ElementsAre(2));
  EXPECT_THAT(slots.admit(start + 1s), ElementsAre(3));
  EXPECT_EQ(slots.next_admission(start + 1s), start + 2500ms);
  EXPECT_THAT(slots.admit(start + 2500ms), ElementsAre(4));
  EXPECT_EQ(slots.next_admission(start + 4s), std::nullopt);
}

TEST(driver_slots, a_namespace_that_floods_delays_another_by_one_turn) {
  driver_slots slots{{{"a", {.most_at_once = 1}}}};
  enter_many(slots, 1, 5000, "flood");
  EXPECT_THAT(slots.admit(start), ElementsAre(1));
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(2));
  slots.enter(9000, "shop", {{"a", 1}}, true);
  slots.leave(2);
  EXPECT_THAT(slots.admit(start), ElementsAre(3));
  slots.leave(3);
  EXPECT_THAT(slots.admit(start), ElementsAre(9000));
}

TEST(driver_slots, namespaces_are_served_in_turn_however_late_they_came) {
  driver_slots slots{{{"a", {.most_at_once = 1}}}};
  enter_many(slots, 1, 4, "flood");
  enter_many(slots, 11, 2, "shop");
  enter_many(slots, 21, 2, "bank");
  std::vector<driver_slots::ticket> order;
  for (int i = 0; i < 8; ++i) {
    const auto next = slots.admit(start);
    ASSERT_THAT(next, SizeIs(1));
    order.push_back(next.front());
    slots.leave(next.front());
  }
  EXPECT_THAT(order, ElementsAre(1, 11, 21, 2, 12, 22, 3, 4));
}

TEST(driver_slots, a_slow_driver_does_not_hold_up_another) {
  driver_slots slots{{{"slow", {.most_at_once = 1}}}};
  enter_many(slots, 1, 3, "shop", "slow");
  enter_many(slots, 11, 3, "shop", "fast");
  EXPECT_THAT(slots.admit(start), testing::UnorderedElementsAre(1, 11, 12, 13));
}

TEST(driver_slots, a_backup_of_two_drivers_takes_both_at_once_and_does_not_starve) {
  driver_slots slots{{{"a", {.most_at_once = 1}}, {"b", {.most_at_once = 1}}}};
  slots.enter(1, "shop", {{"a", 1}}, true);
  EXPECT_THAT(slots.admit(start), ElementsAre(1));
  slots.enter(2, "shop", {{"a", 1}, {"b", 1}}, true);
  slots.enter(3, "shop", {{"b", 1}}, true);
  EXPECT_THAT(slots.admit(start), IsEmpty()) << "3 would make 2 wait for b when a is free";
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(2));
  slots.leave(2);
  EXPECT_THAT(slots.admit(start), ElementsAre(3));
}

TEST(driver_slots, what_was_asked_for_before_counts_and_does_not_wait) {
  driver_slots slots{{{"a", {.most_at_once = 1}}}};
  slots.enter_holding(1, {{"a", 1}}, true);
  slots.enter(2, "shop", {{"a", 1}}, true);
  EXPECT_FALSE(slots.is_waiting(1));
  EXPECT_THAT(slots.admit(start), IsEmpty());
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(2));
}

TEST(driver_slots, who_gives_up_waiting_leaves_no_gap) {
  driver_slots slots{{{"a", {.most_at_once = 1}}}};
  enter_many(slots, 1, 3, "shop");
  slots.admit(start);
  slots.leave(2);
  slots.leave(2);
  slots.leave(1);
  EXPECT_THAT(slots.admit(start), ElementsAre(3));
}

/// Whatever comes and goes: limits hold, everybody is served in the end, nothing is left behind.
TEST(driver_slots, random_crowds_keep_the_limits_and_are_all_served) {
  for (unsigned seed = 1; seed <= 200; ++seed) {
    std::mt19937 random{seed};
    const auto up_to = [&random](unsigned most) { return random() % most; };
    driver_slots slots{{{"a", {.most_at_once = 4}}, {"b", {.most_at_once = 2, .per_second = 10}}}};
    std::map<driver_slots::ticket, actors::driver_demand> waiting, running;
    driver_slots::ticket last = 0;
    auto now = start;
    int to_come = 60;
    for (int step = 0; step < 5000 && (to_come > 0 || !waiting.empty() || !running.empty());
         ++step) {
      if (to_come > 0 && up_to(3) == 0) {
        --to_come;
        actors::driver_demand demand{{up_to(2) == 0 ? "a" : "b", 1 + up_to(2)}};
        if (up_to(4) == 0)
          demand = {{"a", 1 + up_to(3)}, {"b", 1}};
        slots.enter(++last, "n" + std::to_string(up_to(5)), demand, true);
        waiting[last] = demand;
      }
      if (!running.empty() && up_to(2) == 0) {
        slots.leave(running.begin()->first);
        running.erase(running.begin());
      }
      now += std::chrono::milliseconds{up_to(100)};
      for (const auto one : slots.admit(now)) {
        ASSERT_EQ(waiting.count(one), 1U) << "seed " << seed;
        running.insert(waiting.extract(one));
        std::map<std::string, std::size_t> in_use;
        for (const auto& [ticket, demand] : running)
          for (const auto& [driver, snapshots] : demand)
            in_use[driver] += snapshots;
        ASSERT_LE(in_use["a"], 4U) << "seed " << seed;
        ASSERT_LE(in_use["b"], 2U) << "seed " << seed;
      }
    }
    EXPECT_THAT(waiting, IsEmpty()) << "seed " << seed;
    for (const auto& [driver, depth] : slots.depths())
      EXPECT_EQ(depth, 0U) << "seed " << seed;
  }
}

} // namespace
