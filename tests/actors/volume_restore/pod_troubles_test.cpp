#include "actors/volume_restore/pod_troubles.hpp"
#include "actors/volume_restore/restore_work.hpp"
#include "tests/actors/volume_restore/restore_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

using namespace actors;
using support::restore_case;
using ::testing::HasSubstr;

/// Deployment `web` with a pod that runs and is not ready.
restore_world of_unready_pod() {
  restore_world world;
  world.workload = restore_case::workload("Deployment").object;
  world.pods = {restore_case::pod("web-1", "data"), restore_case::pod("web-2", "data")};
  world.pods[0].statuses = {{"main", "docker://1", 0, true, true}};
  world.pods[1].ready = false;
  world.pods[1].statuses
      = {{"proxy", "docker://2", 0, true, true}, {"main", "docker://3", 0, false, true}};
  return world;
}

TEST(pod_troubles, name_the_container_that_is_not_ready) {
  EXPECT_EQ(trouble_of_pods(of_unready_pod()), " (pod web-2: container main is not ready)");
}

TEST(pod_troubles, have_the_words_of_its_probe) {
  auto world = of_unready_pod();
  world.pod_troubles["web-2"] = "Unhealthy: Readiness probe failed: no such table";
  EXPECT_EQ(trouble_of_pods(world), " (pod web-2: container main is not ready: Unhealthy: "
                                    "Readiness probe failed: no such table)");
}

TEST(pod_troubles, what_a_container_waits_for_comes_first) {
  auto world = of_unready_pod();
  world.pods[0].trouble = "container main: CrashLoopBackOff";
  EXPECT_EQ(trouble_of_pods(world), " (pod web-1: container main: CrashLoopBackOff)");
}

TEST(pod_troubles, a_pod_that_ends_is_none) {
  auto world = of_unready_pod();
  world.pods[1].metadata.deletion_timestamp = k8s::timestamp{};
  EXPECT_EQ(trouble_of_pods(world), "");
}

TEST(pod_troubles, a_pod_of_somebody_else_is_none) {
  auto world = of_unready_pod();
  world.pods[1].metadata.labels.clear();
  EXPECT_EQ(trouble_of_pods(world), "");
}

TEST(pod_troubles, a_rollout_that_takes_long_tells_of_them) {
  auto world = of_unready_pod();
  world.workload->replicas = 2;
  crds::volume_restore restore;
  restore.status.strategy = crds::restore_strategy::replace_claim;
  restore.status.workload = crds::restored_workload{"Deployment", "web", "uid-web", 2, ""};
  EXPECT_THAT(roll_out(restore, world).waits_for,
              HasSubstr("1 of 2 pods to be ready (pod web-2: container main is not ready)"));
}

} // namespace
