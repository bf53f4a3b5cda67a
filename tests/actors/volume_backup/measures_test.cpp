#include "actors/volume_backup/measures.hpp"
#include "tests/support/backup_world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace actors;
using support::backup_world;
using namespace std::chrono_literals;
using messages::release;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(measures, of_a_backup_that_went_well) {
  auto world = backup_world{}.planned(1, 1).thawed_well().ready();
  const auto found = measures_of(world.seen());
  ASSERT_TRUE(found.freeze && found.cut && found.thaw_dispatch && found.ready);
  EXPECT_GT(*found.freeze, *found.cut);
  EXPECT_THAT(found.hooks, ElementsAre(hook_outcome{"pre", "session", "Succeeded"},
                                       hook_outcome{"post", "session", "Succeeded"}));
}

TEST(measures, what_did_not_happen_is_not_measured) {
  const auto found = measures_of(backup_world{}.planned(0, 1).prepared().seen());
  EXPECT_FALSE(found.freeze || found.cut || found.thaw_dispatch || found.ready);
  EXPECT_THAT(found.hooks, IsEmpty());
  EXPECT_THAT(measures_of(observed{}).hooks, IsEmpty());
}

TEST(measures, a_freeze_that_an_earlier_process_began_has_an_unknown_length) {
  auto world = backup_world{}.planned(1, 1).thawed_well().ready();
  world.seen().was_interrupted = true;
  EXPECT_FALSE(measures_of(world.seen()).freeze);
  world.seen().was_interrupted = false;
  world.seen().earlier = earlier_run{};
  EXPECT_FALSE(measures_of(world.seen()).freeze);
}

TEST(measures, hooks_that_failed_count_as_such) {
  auto world = backup_world{}.planned(2, 1).freezing();
  world.thawing();
  world.released(0, release::pre_hook_failed);
  world.released(1, release::never_frozen);
  EXPECT_THAT(measures_of(world.seen()).hooks,
              ElementsAre(hook_outcome{"pre", "session", "Failed"},
                          hook_outcome{"post", "session", "Succeeded"},
                          hook_outcome{"pre", "session", "Failed"}));
}

TEST(measures, the_overhead_of_a_freeze_leaves_out_its_pre_hook) {
  auto world = backup_world{}.planned(1, 1).freezing(1s);
  EXPECT_FALSE(freeze_overhead(world.seen()));
  world.frozen(5s);
  world.seen().pods[0].pre_hook_took = 3s;
  world.requested(5s).cut(7s);
  EXPECT_EQ(freeze_overhead(world.seen()), 1s + 2s);
}

} // namespace
