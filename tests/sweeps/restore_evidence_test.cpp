#include "tests/sweeps/restore_evidence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sweeps {
namespace {

using crds::restore_strategy;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The judges of the restore sweeps must see what they are there for.
class restore_evidence : public testing::Test {
protected:
  static seen_world old_world() {
    seen_world world;
    world.spec
        = {{"replicas", 1},
           {"template",
            {{"spec",
              {{"volumes",
                {{{"name", "data"}, {"persistentVolumeClaim", {{"claimName", "data"}}}}}}}}}}};
    world.claims["data"] = {.uid = "uid-1", .volume = "pv-1"};
    world.volumes["pv-1"] = {.uid = "uid-2", .policy = "Delete", .claim = "data", .data = newer};
    return world;
  }

  static seen_world switched_world() {
    auto world = old_world();
    world.spec["template"]["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] = "new";
    world.claims["new"] = {.uid = "uid-3", .volume = "pv-2"};
    world.volumes["pv-2"] = {.uid = "uid-4", .policy = "Delete", .claim = "new", .data = saved};
    return world;
  }

  static crds::volume_restore completed_switch() {
    crds::volume_restore restore;
    restore.status.strategy = restore_strategy::switch_claim;
    crds::restore_claim_status row;
    row.claim = row.volume_name = "data";
    row.old_volume = "pv-1";
    row.new_claim = "new";
    row.new_volume = "pv-2";
    row.snapshot = "snapshot";
    restore.status.claims.push_back(row);
    return restore;
  }

  std::vector<std::string> not_switched(const seen_world& now) {
    return not_completed(old_world(), now, completed_switch(), {{"snapshot", saved}});
  }

  static inline const contents newer{{"row", "newer"}}, saved{{"row", "saved"}};
};

TEST_F(restore_evidence, finds_nothing_in_what_was_undone_or_completed) {
  EXPECT_THAT(not_undone(old_world(), old_world(), restore_strategy::switch_claim), IsEmpty());
  EXPECT_THAT(not_switched(switched_world()), IsEmpty());
  EXPECT_THAT(lost_data(old_world(), switched_world()), IsEmpty());
}

TEST_F(restore_evidence, finds_what_is_left_over) {
  auto world = switched_world();
  world.spec = old_world().spec;
  EXPECT_THAT(not_undone(old_world(), world, restore_strategy::switch_claim),
              ElementsAre("claim new is left over", "volume pv-2 is left over"));
}

TEST_F(restore_evidence, finds_another_claim_of_the_same_name_only_where_it_must_be_the_same) {
  auto world = old_world();
  world.claims["data"].uid = "uid-5";
  EXPECT_THAT(not_undone(old_world(), world, restore_strategy::switch_claim),
              ElementsAre("claim data is another one"));
  EXPECT_THAT(not_undone(old_world(), world, restore_strategy::replace_claim), IsEmpty());
}

TEST_F(restore_evidence, finds_other_data_another_policy_and_marks) {
  auto world = old_world();
  world.volumes["pv-1"].data = saved;
  world.volumes["pv-1"].policy = "Retain";
  world.volumes["pv-1"].has_our_mark = true;
  EXPECT_THAT(not_undone(old_world(), world, restore_strategy::switch_claim),
              ElementsAre("volume pv-1 has policy Retain, not Delete", "volume pv-1 has other data",
                          "volume pv-1 still has a mark of ours"));
}

TEST_F(restore_evidence, finds_a_workload_that_was_not_switched_back) {
  EXPECT_THAT(not_undone(old_world(), switched_world(), restore_strategy::switch_claim),
              testing::Contains(HasSubstr("the workload differs")));
}

TEST_F(restore_evidence, finds_a_completed_restore_without_the_data_or_the_workload) {
  auto world = switched_world();
  world.volumes["pv-2"].data = newer;
  EXPECT_THAT(not_switched(world), ElementsAre("claim new does not have the snapshot's data"));
  world = switched_world();
  world.spec = old_world().spec;
  EXPECT_THAT(not_switched(world), ElementsAre(HasSubstr("the workload differs")));
}

TEST_F(restore_evidence, finds_a_volume_that_is_lost_or_about_to_be) {
  auto world = switched_world();
  world.volumes["pv-1"].is_going = true;
  EXPECT_THAT(lost_data(old_world(), world), ElementsAre("volume pv-1 is gone, or going"));
  world.volumes.erase("pv-1");
  EXPECT_THAT(lost_data(old_world(), world), ElementsAre("volume pv-1 is gone, or going"));
  EXPECT_THAT(not_switched(world), testing::Contains("volume pv-1 is missing"));
}

} // namespace
} // namespace sweeps
