#include "actors/volume_restore/claim_exchange.hpp"
#include "actors/volume_restore/restore_plan.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gtest/gtest.h>

// The exchange step by step: each is taken only when the one before is seen to be done.
namespace {

using namespace actors;
using support::restore_case;

/// StatefulSet `web` with one claim, protected and stopped: the exchange may begin.
struct exchange_case {
  crds::volume_restore restore;
  restore_world world;

  exchange_case() {
    restore.metadata.uid = "uid-again";
    restore.metadata.name_space = "shop";
    restore.status.strategy = crds::restore_strategy::replace_claim;
    restore.status.workload = crds::restored_workload{"StatefulSet", "web", "uid-web", 2, ""};
    auto& row = restore.status.claims.emplace_back();
    row.claim = row.new_claim = "data";
    row.kept_claim = "kept";
    row.temporary_claim = "temporary";
    row.old_uid = "uid-data";
    row.old_volume = "pv-data";
    row.old_reclaim_policy = row.new_reclaim_policy = "Delete";
    row.new_volume = "pv-new";
    row.snapshot = "snap-data";
    row.storage_class_name = "fast";
    row.size = "1Gi";
    world.workload = restore_case::workload("StatefulSet").object;
    world.workload->replicas = 0;
    add_claim("data", "pv-data");
    add_claim("temporary", "pv-new");
    world.volumes["pv-data"].metadata.annotations
        = {{std::string{restore_mark::replaced_claim}, remembered_claim(world.claims["data"])}};
  }

  void add_claim(const std::string& name, const std::string& volume) {
    world.claims[name] = restore_case::claim(name);
    world.claims[name].volume_name = volume;
    auto& held = world.volumes[volume];
    if (held.metadata.name.empty())
      held = restore_case::volume(volume, "Retain");
    held.claim = {"shop", name};
    held.claim_uid = "uid-" + name;
  }

  void remove_claim(const std::string& name) { world.claims.erase(name); }

  void reserve(const std::string& volume, const std::string& claim) {
    world.volumes[volume].claim = {"shop", claim};
    world.volumes[volume].claim_uid.clear();
  }

  std::string forth() const { return told(exchange_forth); }
  std::string back() const { return told(exchange_back); }
  std::string rolled_out() const {
    return told([](const auto& run, const auto& seen, restore_work& work) {
      work = actors::roll_out(run, seen);
    });
  }

private:
  std::string told(void (*exchange)(const crds::volume_restore&, const restore_world&,
                                    restore_work&)) const {
    restore_work work;
    exchange(restore, world, work);
    std::string text;
    for (const auto& change : work.changes)
      text += change.what + "; ";
    if (!work.waits_for.empty())
      text += "waits for " + work.waits_for;
    if (work.blocked)
      text += work.blocked->reason;
    return text;
  }
};

TEST(claim_exchange, goes_forth_step_by_step) {
  exchange_case given;
  EXPECT_EQ(given.forth(), "delete claim temporary; ");
  given.world.claims["temporary"].metadata.deletion_timestamp = k8s::timestamp{};
  EXPECT_EQ(given.forth(), "waits for claim temporary to be gone");
  given.remove_claim("temporary");
  EXPECT_EQ(given.forth(), "reserve volume pv-new for claim data; ");
  given.reserve("pv-new", "data");
  EXPECT_EQ(given.forth(), "delete claim data; ");
  given.remove_claim("data");
  EXPECT_EQ(given.forth(), "reserve volume pv-data for claim kept; ");
  given.reserve("pv-data", "kept");
  EXPECT_EQ(given.forth(), "create claim kept; create claim data; ");
  given.add_claim("kept", "pv-data");
  given.add_claim("data", "pv-new");
  given.world.claims["data"].metadata.uid = given.world.volumes["pv-new"].claim_uid = "uid-2";
  given.world.claims["data"].phase = "Pending";
  EXPECT_EQ(given.forth(), "waits for claim data to be bound");
  given.world.claims["data"].phase = "Bound";
  EXPECT_EQ(given.forth(), "");
}

/// As the exchange left it, before the first pod.
exchange_case exchanged() {
  exchange_case given;
  given.remove_claim("temporary");
  given.add_claim("kept", "pv-data");
  given.add_claim("data", "pv-new");
  given.world.claims["data"].metadata.uid = given.world.volumes["pv-new"].claim_uid = "uid-2";
  given.world.claims["data"].metadata.labels
      = {{std::string{restore_mark::restore_uid}, "uid-again"}};
  return given;
}

TEST(roll_out, starts_the_workload_on_its_exchanged_claims) {
  EXPECT_EQ(exchanged().rolled_out(), "scale StatefulSet web to 2; ");
}

TEST(roll_out, makes_a_claim_again_that_was_deleted_before_the_first_pod) {
  auto given = exchanged();
  given.remove_claim("data");
  EXPECT_EQ(given.rolled_out(), "reserve volume pv-new for claim data; ");
  given.reserve("pv-new", "data");
  EXPECT_EQ(given.rolled_out(), "create claim data; ");
}

TEST(roll_out, does_not_take_an_empty_claim_for_the_restored_one) {
  auto given = exchanged();
  given.world.claims["data"].metadata.uid = "uid-3";
  given.world.claims["data"].volume_name = "pv-empty";
  EXPECT_EQ(given.rolled_out(), "reserve volume pv-new for claim data; ");
  given.reserve("pv-new", "data");
  EXPECT_EQ(given.rolled_out(), "ClaimRecreated") << "whether its pods are ready or not";
}

TEST(roll_out, gives_up_when_the_restored_claim_is_going) {
  auto given = exchanged();
  given.world.workload->replicas = 2;
  given.world.claims["data"].metadata.deletion_timestamp = k8s::timestamp{};
  EXPECT_EQ(given.rolled_out(), "ClaimDeleted");
}

TEST(roll_out, goes_on_without_the_old_volume) {
  auto given = exchanged();
  given.world.volumes.erase("pv-data");
  EXPECT_EQ(given.rolled_out(), "scale StatefulSet web to 2; ");
  given.remove_claim("data");
  EXPECT_EQ(given.rolled_out(), "ClaimDeleted");
}

TEST(claim_exchange, goes_back_step_by_step) {
  auto given = exchanged();
  EXPECT_EQ(given.forth(), "") << "there is nothing to do but to go back";
  EXPECT_EQ(given.back(), "delete claim kept; ");
  given.remove_claim("kept");
  EXPECT_EQ(given.back(), "set the reclaim policy of volume pv-new to Delete; ")
      << "without its claim nobody would find the volume again";
  given.world.volumes["pv-new"].reclaim_policy = "Delete";
  EXPECT_EQ(given.back(), "delete claim data; ");
  given.remove_claim("data");
  EXPECT_EQ(given.back(), "reserve volume pv-data for claim data; ");
  given.reserve("pv-data", "data");
  EXPECT_EQ(given.back(), "create claim data; ");
  given.add_claim("data", "pv-data");
  given.world.claims["data"].metadata.uid = given.world.volumes["pv-data"].claim_uid = "uid-3";
  given.world.claims["data"].phase = "Pending";
  EXPECT_EQ(given.back(), "waits for claim data to be bound");
  given.world.claims["data"].phase = "Bound";
  EXPECT_EQ(given.back(), "");
}

TEST(claim_exchange, back_frees_the_volume_for_a_claim_that_waits_for_it) {
  auto given = exchanged();
  given.remove_claim("kept");
  given.add_claim("data", "pv-data");
  given.world.claims["data"].metadata.uid = "uid-3";
  given.world.claims["data"].phase = "Pending";
  given.reserve("pv-data", "kept");
  EXPECT_EQ(given.back(), "reserve volume pv-data for claim data; ");
}

TEST(claim_exchange, of_a_late_class_fills_the_claim_only_when_the_old_one_is_gone) {
  exchange_case given;
  given.remove_claim("temporary");
  auto& row = given.restore.status.claims[0];
  row.binds_late = true;
  row.temporary_claim.clear();
  row.new_volume.clear();
  EXPECT_EQ(given.forth(), "delete claim data; ");
  given.remove_claim("data");
  given.reserve("pv-data", "kept");
  given.add_claim("kept", "pv-data");
  EXPECT_EQ(given.forth(), "create claim data; ");
  given.world.claims["data"] = restore_case::claim("data");
  given.world.claims["data"].metadata.uid = "uid-2";
  given.world.claims["data"].volume_name.clear();
  given.world.claims["data"].source_snapshot = "snap-data";
  EXPECT_EQ(given.forth(), "") << "it is bound when a pod uses it";
}

TEST(claim_exchange, a_claim_that_somebody_made_again_is_kept_only_with_the_right_volume) {
  auto given = exchanged();
  given.world.claims["data"].volume_name.clear(); // the binder will give it the reserved one
  given.world.claims["data"].phase = "Pending";
  EXPECT_EQ(given.forth(), "waits for claim data to be bound");
  given.world.claims["data"].volume_name = "pv-empty";
  EXPECT_EQ(given.forth(), "ClaimRecreated");
}

TEST(claim_exchange, cannot_go_on_without_a_volume_or_its_memory) {
  exchange_case given;
  given.remove_claim("temporary");
  given.world.volumes.erase("pv-new");
  EXPECT_EQ(given.forth(), "VolumeGone");
  given.world.volumes.erase("pv-data");
  EXPECT_EQ(given.forth(), "VolumeGone");
  auto later = exchanged();
  later.remove_claim("kept");
  later.remove_claim("data");
  later.reserve("pv-data", "data");
  later.world.volumes["pv-data"].metadata.annotations.clear();
  EXPECT_EQ(later.back(), "ClaimForgotten");
}

TEST(claim_exchange, protects_volumes_and_has_them_remember_their_claims) {
  exchange_case given;
  given.world.volumes["pv-data"] = restore_case::volume("pv-data", "Delete");
  restore_work work;
  protect_old_volumes(given.restore, given.world, work);
  ASSERT_EQ(work.changes.size(), 1U);
  EXPECT_NE(work.changes[0].call.body.find("replaced-claim"), std::string::npos);
  given.world.volumes["pv-new"].reclaim_policy = "Delete";
  restore_work more;
  protect_new_volumes(given.restore, given.world, more);
  ASSERT_EQ(more.changes.size(), 1U);
  EXPECT_EQ(more.changes[0].call.body.find("replaced-claim"), std::string::npos);
}

TEST(claim_exchange, waits_for_every_user_of_a_claim_not_only_for_the_workloads_pods) {
  exchange_case given;
  given.world.workload->replicas = 2;
  auto stranger = restore_case::pod("cron", "data");
  stranger.metadata.labels.clear();
  given.world.pods = {stranger};
  restore_work work;
  stop_workload(given.restore, given.world, work);
  ASSERT_EQ(work.changes.size(), 1U);
  EXPECT_EQ(work.changes[0].what, "scale StatefulSet web to 0");
  EXPECT_EQ(work.waits_for, "pod cron to end");
}

TEST(claim_exchange, starts_the_workload_only_if_it_is_stopped_and_ran_before) {
  exchange_case given;
  const auto started = [&given] {
    restore_work work;
    start_workload(given.restore, given.world, work);
    return work.changes.empty() ? std::string{} : work.changes[0].what;
  };
  EXPECT_EQ(started(), "scale StatefulSet web to 2");
  given.world.workload->replicas = 1; // somebody's own wish
  EXPECT_EQ(started(), "");
  given.world.workload->replicas = 0;
  given.restore.status.workload->replicas = 0;
  EXPECT_EQ(started(), "");
}

} // namespace
