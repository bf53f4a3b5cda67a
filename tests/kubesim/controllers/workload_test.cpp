#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/test_cluster.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct cluster : testing::Test, test_cluster {
  json status_of(const std::string& name) const {
    return field(get("Deployment", name), {"status"});
  }
  std::string reason(const std::string& name, const char* condition) const {
    return text_at(condition_of(status_of(name), condition), {"reason"});
  }
  std::int64_t count(const std::string& name, const char* counter) const {
    return number_at(status_of(name), {counter}, -1);
  }
};

TEST_F(cluster, a_deployment_comes_up_with_the_names_owners_and_counters_of_a_real_server) {
  make(deployment_of("d", 2));
  settle();
  const auto set = all("ReplicaSet").at(0);
  const auto hash = text_at(set, {"metadata", "labels", "pod-template-hash"});
  EXPECT_EQ(text_at(set, {"metadata", "name"}), "d-" + hash);
  EXPECT_EQ(field(set, {"metadata", "annotations"}),
            (json{{"deployment.kubernetes.io/desired-replicas", "2"},
                  {"deployment.kubernetes.io/max-replicas", "3"},
                  {"deployment.kubernetes.io/revision", "1"}}));
  const auto pods = all("Pod");
  ASSERT_THAT(pods, SizeIs(2));
  EXPECT_EQ(text_at(pods[0], {"metadata", "generateName"}), "d-" + hash + "-");
  EXPECT_TRUE(is_controlled_by(pods[0], set));
  EXPECT_EQ(text_at(pods[0], {"spec", "nodeName"}), "node1");

  EXPECT_EQ(count("d", "replicas"), 2);
  EXPECT_EQ(count("d", "updatedReplicas"), 2);
  EXPECT_EQ(count("d", "availableReplicas"), 2);
  EXPECT_EQ(count("d", "observedGeneration"), 1);
  EXPECT_FALSE(status_of("d").contains("unavailableReplicas"));
  EXPECT_EQ(count("d", "terminatingReplicas"), 0);
  EXPECT_EQ(reason("d", "Available"), "MinimumReplicasAvailable");
  EXPECT_EQ(reason("d", "Progressing"), "NewReplicaSetAvailable");
  EXPECT_EQ(number_at(get("Deployment", "d"), {"metadata", "generation"}), 1);
}

TEST_F(cluster, scaling_to_zero_removes_pods_and_counters) {
  make(deployment_of("d", 2));
  settle();
  patch("Deployment", "d", {{"spec", {{"replicas", 0}}}});
  settle();
  EXPECT_THAT(all("Pod"), IsEmpty());
  EXPECT_FALSE(status_of("d").contains("replicas"));
  EXPECT_FALSE(status_of("d").contains("availableReplicas"));
  EXPECT_EQ(count("d", "observedGeneration"), 2);
  patch("Deployment", "d", {{"spec", {{"replicas", 3}}}});
  settle();
  EXPECT_EQ(count("d", "availableReplicas"), 3);
}

TEST_F(cluster, a_new_template_makes_a_new_set_and_keeps_the_old_one_as_history) {
  make(deployment_of("d", 3));
  settle();
  patch("Deployment", "d",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  ASSERT_THAT(all("ReplicaSet"), SizeIs(2));
  EXPECT_THAT(all("Pod"), SizeIs(3));
  EXPECT_EQ(count("d", "updatedReplicas"), 3);
  EXPECT_EQ(text_at(get("Deployment", "d"),
                    {"metadata", "annotations", "deployment.kubernetes.io/revision"}),
            "2");
  EXPECT_EQ(number_at(get("Deployment", "d"), {"metadata", "generation"}), 2);
}

TEST_F(cluster, going_back_to_an_old_template_gives_its_set_a_new_revision) {
  make(deployment_of("d"));
  settle();
  const auto first = names("ReplicaSet").at(0);
  patch("Deployment", "d",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  patch("Deployment", "d", {{"spec", {{"template", {{"metadata", {{"annotations", nullptr}}}}}}}});
  settle();
  EXPECT_THAT(all("ReplicaSet"), SizeIs(2));
  const auto set = get("ReplicaSet", first);
  EXPECT_EQ(text_at(set, {"metadata", "annotations", "deployment.kubernetes.io/revision"}), "3");
  EXPECT_EQ(number_at(set, {"spec", "replicas"}), 1);
}

TEST_F(cluster, old_sets_beyond_the_history_limit_are_removed) {
  auto deployment = deployment_of("d");
  deployment["spec"]["revisionHistoryLimit"] = 1;
  make(deployment);
  for (const char* version : {"1", "2", "3", "4"}) {
    settle();
    patch("Deployment", "d",
          {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", version}}}}}}}}}});
  }
  settle();
  EXPECT_THAT(all("ReplicaSet"), SizeIs(2));
}

TEST_F(cluster, recreate_starts_no_new_pod_before_the_last_old_one_has_ended) {
  auto deployment = deployment_of("d", 2);
  deployment["spec"]["strategy"] = {{"type", "Recreate"}};
  make(deployment);
  settle();
  const auto old_pods = names("Pod");
  may_end = false;
  patch("Deployment", "d",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  EXPECT_EQ(names("Pod"), old_pods);
  EXPECT_THAT(all("ReplicaSet"), SizeIs(1));
  EXPECT_EQ(count("d", "observedGeneration"), 2);
  may_end = true;
  settle();
  EXPECT_EQ(count("d", "updatedReplicas"), 2);
  EXPECT_EQ(count("d", "availableReplicas"), 2);
  for (const auto& name : names("Pod"))
    EXPECT_THAT(old_pods, testing::Not(testing::Contains(name)));
}

TEST_F(cluster, the_first_status_after_a_recreate_change_still_shows_the_old_counters) {
  auto deployment = deployment_of("d");
  deployment["spec"]["strategy"] = {{"type", "Recreate"}};
  make(deployment);
  settle();
  may_end = false;
  json first;
  const auto* type = objects().find_type("apps", "v1", "deployments");
  const auto token = objects().subscribe(*type, [&](const change& what) {
    if (first.is_null() && number_at(*what.object, {"status", "observedGeneration"}) == 2)
      first = *what.object;
  });
  patch("Deployment", "d",
        {{"spec", {{"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  EXPECT_EQ(number_at(first, {"status", "availableReplicas"}), 1);
  EXPECT_EQ(text_at(condition_of(first.at("status"), "Progressing"), {"reason"}),
            "NewReplicaSetAvailable");
  EXPECT_FALSE(first.at("status").contains("updatedReplicas"));
}

TEST_F(cluster, a_rollout_that_never_gets_ready_exceeds_its_deadline) {
  may_run = [](const json&) { return false; };
  auto deployment = deployment_of("d");
  deployment["spec"]["progressDeadlineSeconds"] = 3;
  make(deployment);
  advance(2s);
  EXPECT_EQ(reason("d", "Progressing"), "ReplicaSetUpdated");
  advance(2s);
  EXPECT_EQ(reason("d", "Progressing"), "ProgressDeadlineExceeded");
  EXPECT_EQ(text_at(condition_of(status_of("d"), "Progressing"), {"message"}),
            "ReplicaSet \"" + names("ReplicaSet").at(0) + "\" has timed out progressing.");
  EXPECT_EQ(reason("d", "Available"), "MinimumReplicasUnavailable");
  EXPECT_EQ(count("d", "unavailableReplicas"), 1);
}

TEST_F(cluster, a_paused_deployment_takes_new_sizes_but_no_new_template) {
  make(deployment_of("d"));
  settle();
  patch("Deployment", "d",
        {{"spec",
          {{"paused", true},
           {"replicas", 2},
           {"template", {{"metadata", {{"annotations", {{"v", "2"}}}}}}}}}});
  settle();
  EXPECT_THAT(all("ReplicaSet"), SizeIs(1));
  EXPECT_THAT(all("Pod"), SizeIs(2));
  EXPECT_EQ(reason("d", "Progressing"), "DeploymentPaused");
}

TEST_F(cluster, a_killed_pod_is_replaced) {
  make(deployment_of("d"));
  settle();
  const auto old_pod = names("Pod").at(0);
  remove("Pod", old_pod);
  settle();
  EXPECT_THAT(names("Pod"), ElementsAre(testing::Ne(old_pod)));
}

TEST_F(cluster, a_replica_set_adopts_a_fitting_orphan_and_lets_go_of_a_relabelled_pod) {
  make(deployment_of("d"));
  settle();
  const auto set = all("ReplicaSet").at(0);
  const auto labels = field(set, {"spec", "selector", "matchLabels"});
  const auto former = names("Pod").at(0);
  patch("Pod", former, {{"metadata", {{"labels", {{"app", "other"}}}}}});
  settle();
  EXPECT_TRUE(controller_of(get("Pod", former)).is_null());
  EXPECT_THAT(all("Pod"), SizeIs(2));

  auto orphan = pod_of("orphan");
  orphan["metadata"]["labels"] = labels;
  make(orphan);
  settle();
  std::set<std::string> owned;
  for (const auto& pod : all("Pod"))
    if (is_controlled_by(pod, set))
      owned.insert(text_at(pod, {"metadata", "name"}));
  EXPECT_THAT(owned, SizeIs(1));
}

TEST_F(cluster, a_crowd_of_deployments_comes_up_with_one_pod_each) {
  for (int i = 0; i < 100; ++i)
    make(deployment_of("d" + std::to_string(i)));
  settle();
  EXPECT_THAT(all("Pod"), SizeIs(100));
  for (const auto& deployment : all("Deployment"))
    EXPECT_EQ(number_at(deployment, {"status", "availableReplicas"}), 1);
}

} // namespace
} // namespace kubesim::control
