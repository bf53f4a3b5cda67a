#include "tests/scenarios/restore_scenario.hpp"

#include <fstream>
#include <map>
#include <regex>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::restore_phase;

/// Ready while a file says so; what a restore brings back decides whether its pods become ready.
json healthy_while_the_file_is_there() {
  return {{"exec", {{"command", {"test", "-f", "/data/healthy"}}}}, {"periodSeconds", 1}};
}

class restores : public restore_scenario {
protected:
  static void SetUpTestSuite() {
    start_cluster();
    given_class("elsewhere",
                {{"allowedTopologies",
                  {{{"matchLabelExpressions",
                     {{{"key", "topology.hostpath.csi/node"}, {"values", {"other"}}}}}}}}});
  }

  void given_deployment(const json& pod_extras = json::object()) {
    auto all = requests_for({}, name_space_);
    auto workload = json::parse(all.back().body);
    workload["spec"]["template"]["spec"]["containers"][0].update(pod_extras);
    all.back() = k8s::create_request(kinds::deployment, name_space_, workload);
    for (auto& one : all)
      cluster().must(std::move(one));
    ASSERT_TRUE(await([this] { return count(kinds::pod) == 1; }));
  }

  /// Its claims come from a template, as those of databases do.
  void given_stateful_set(int pods) {
    auto set = json::parse(
        requests_for({.kind = kinds::stateful_set, .pods = pods, .claims = {}}, name_space_)
            .back()
            .body);
    set["spec"]["template"]["spec"]["containers"][0]["volumeMounts"]
        = {{{"name", "data"}, {"mountPath", "/data"}}};
    set["spec"]["volumeClaimTemplates"]
        = {{{"metadata", {{"name", "data"}}},
            {"spec",
             {{"accessModes", {"ReadWriteOnce"}},
              {"resources", {{"requests", {{"storage", "1Gi"}}}}}}}}};
    cluster().must(k8s::create_request(kinds::stateful_set, name_space_, set));
    ASSERT_TRUE(
        await([&] { return is_ready({.kind = kinds::stateful_set, .pods = pods}, name_space_); }));
  }

  void write(const std::string& claim, const std::string& text) {
    std::ofstream{cluster().volume_directory(name_space_, claim) / "row"} << text << '\n';
  }

  std::string row_on(const std::string& claim) {
    const auto lines = lines_on(claim, "row");
    return lines.empty() ? std::string{} : lines.front();
  }

  std::string uid_of(const std::string& claim) {
    return get(kinds::claim, claim).at("/metadata/uid"_json_pointer).get<std::string>();
  }

  /// It names a pod, and says of it what the scheduler does.
  static void expect_no_node(const crds::volume_restore& end) {
    EXPECT_EQ(end.status.reason, "RolloutTimeout");
    const std::regex words{R"(\(pod app-\S+: Unschedulable: 0/1 nodes are available: 1 node\(s\) )"
                           "didn't match PersistentVolume's node affinity"};
    EXPECT_TRUE(std::regex_search(end.status.message, words)) << end.status.message;
  }

  std::string policy_of(const std::string& volume) {
    return get(kinds::volume, volume)
        .at("/spec/persistentVolumeReclaimPolicy"_json_pointer)
        .get<std::string>();
  }
};

TEST_F(restores, a_deployment_is_switched_to_a_new_claim_and_the_old_one_stays) {
  given_application({});
  write("data", "before");
  back_up_now();
  write("data", "after");
  restore();
  const auto end = await_end(restore_phase::completed);
  ASSERT_EQ(end.status.claims.size(), 1U);
  const auto& row = end.status.claims.front();
  EXPECT_EQ(claim_in_template(), row.new_claim);
  EXPECT_EQ(row_on(row.new_claim), "before");
  EXPECT_EQ(row_on("data"), "after");
  EXPECT_EQ(volume_of("data"), row.old_volume);
  EXPECT_TRUE(is_ready({}, name_space_));
  for (const auto& each : end.status.conditions)
    EXPECT_EQ(each.status, crds::condition_status::is_true) << each.type << ": " << each.message;
}

TEST_F(restores, the_old_claim_is_deleted_after_success_if_that_is_wanted) {
  given_application({});
  back_up_now();
  restore({{"oldClaimPolicy", "Delete"}});
  const auto end = await_end(restore_phase::completed);
  EXPECT_TRUE(await([&] {
    return is_gone(kinds::claim, "data")
           && !cluster().ask(
               k8s::get_request(kinds::volume, {{}, end.status.claims.front().old_volume}));
  }));
}

TEST_F(restores, a_claim_that_was_switched_can_be_restored_again_from_the_first_backup) {
  given_application({});
  write("data", "before");
  back_up_now();
  restore();
  const auto first = await_end(restore_phase::completed);
  cluster().must(k8s::delete_request(crds::volume_restore::kind, {name_space_, "again"}, {}));
  ASSERT_TRUE(await([this] { return is_gone(crds::volume_restore::kind, "again"); }));
  write(first.status.claims.front().new_claim, "after");
  restore();
  const auto second = await_end(restore_phase::completed);
  EXPECT_NE(second.status.claims.front().new_claim, first.status.claims.front().new_claim);
  EXPECT_EQ(claim_in_template(), second.status.claims.front().new_claim);
  EXPECT_EQ(row_on(claim_in_template()), "before");
}

TEST_F(restores, pods_that_do_not_become_ready_bring_the_old_claim_back) {
  given_deployment({{"readinessProbe", healthy_while_the_file_is_there()}});
  write("data", "after");
  std::ofstream{cluster().volume_directory(name_space_, "data") / "healthy"} << "yes\n";
  ASSERT_TRUE(await([this] { return is_ready({}, name_space_); }));
  std::filesystem::remove(cluster().volume_directory(name_space_, "data") / "healthy");
  // A pod that is not ready cannot be backed up; this snapshot is made by hand.
  auto snapshot = object_of(kinds::snapshot, "sick");
  snapshot["spec"] = {{"source", {{"persistentVolumeClaimName", "data"}}}};
  cluster().must(k8s::create_request(kinds::snapshot, name_space_, snapshot));
  ASSERT_TRUE(await([this] {
    return get(kinds::snapshot, "sick").value("/status/readyToUse"_json_pointer, false);
  }));
  std::ofstream{cluster().volume_directory(name_space_, "data") / "healthy"} << "yes\n";
  ASSERT_TRUE(await([this] { return is_ready({}, name_space_); }));
  const auto uid = uid_of("data");
  const auto spec_before = get(kinds::deployment, "app").at("spec").dump();
  restore({{"source", {{"volumeSnapshotName", "sick"}}},
           {"claims", {"data"}},
           {"timeouts", {{"rollout", "5s"}}}});
  const auto end = await_end(restore_phase::rolled_back);
  EXPECT_EQ(end.status.reason, "RolloutTimeout");
  EXPECT_NE(end.status.message.find(" is not ready: Unhealthy: Readiness probe failed"),
            std::string::npos)
      << end.status.message;
  EXPECT_EQ(claim_in_template(), "data");
  EXPECT_EQ(uid_of("data"), uid);
  EXPECT_EQ(row_on("data"), "after");
  EXPECT_EQ(get(kinds::deployment, "app").at("spec").dump(), spec_before);
  EXPECT_TRUE(await([this] { return count(kinds::claim) == 1; })) << "the new claim is left";
  EXPECT_TRUE(await([this] { return is_ready({}, name_space_); }));
}

TEST_F(restores, a_node_that_does_not_have_the_new_volume_brings_the_old_claim_back) {
  given_application({});
  write("data", "after");
  back_up_now();
  const auto uid = uid_of("data"), volume = volume_of("data");
  const auto spec_before = get(kinds::deployment, "app").at("spec");
  restore({{"storageClassName", "elsewhere"}, {"timeouts", {{"rollout", "20s"}}}});
  expect_no_node(await_end(restore_phase::rolled_back));
  EXPECT_EQ(get(kinds::deployment, "app").at("spec"), spec_before);
  EXPECT_EQ(uid_of("data"), uid);
  EXPECT_EQ(volume_of("data"), volume);
  EXPECT_EQ(row_on("data"), "after");
  EXPECT_TRUE(await([this] {
    return volumes_here().size() == 1 && count(kinds::claim) == 1 && is_ready({}, name_space_);
  }));
}

TEST_F(restores, a_node_that_does_not_have_the_new_volumes_brings_the_old_ones_back) {
  const application set{.kind = kinds::stateful_set, .pods = 2, .claims = {}};
  given_stateful_set(2);
  std::map<std::string, std::string> volumes;
  for (const auto* claim : {"data-app-0", "data-app-1"}) {
    write(claim, "after");
    volumes[claim] = volume_of(claim);
  }
  back_up_now();
  const auto spec_before = get(kinds::stateful_set, "app").at("spec");
  restore({{"storageClassName", "elsewhere"}, {"timeouts", {{"rollout", "20s"}}}});
  expect_no_node(await_end(restore_phase::rolled_back));
  EXPECT_EQ(get(kinds::stateful_set, "app").at("spec"), spec_before);
  for (const auto& [claim, volume] : volumes) {
    EXPECT_EQ(volume_of(claim), volume);
    EXPECT_EQ(row_on(claim), "after");
    EXPECT_EQ(policy_of(volume), "Delete");
  }
  EXPECT_TRUE(await([&] {
    return volumes_here().size() == 2 && count(kinds::claim) == 2 && is_ready(set, name_space_);
  }));
}

TEST_F(restores, a_daemon_set_is_switched_to_a_new_claim_and_the_old_one_stays) {
  const application set{.kind = kinds::daemon_set};
  given_application(set);
  write("data", "before");
  back_up_now();
  write("data", "after");
  restore();
  const auto end = await_end(restore_phase::completed);
  EXPECT_EQ(end.status.strategy, crds::restore_strategy::switch_claim);
  ASSERT_EQ(end.status.claims.size(), 1U);
  const auto& row = end.status.claims.front();
  EXPECT_EQ(claim_in_template(set.kind), row.new_claim);
  EXPECT_EQ(row_on(row.new_claim), "before");
  EXPECT_EQ(row_on("data"), "after");
  EXPECT_EQ(volume_of("data"), row.old_volume);
  EXPECT_TRUE(is_ready(set, name_space_));
}

TEST_F(restores, a_daemon_set_whose_pod_finds_no_node_is_given_its_old_claim_back) {
  const application set{.kind = kinds::daemon_set};
  given_application(set);
  write("data", "after");
  back_up_now();
  const auto spec_before = get(set.kind, "app").at("spec");
  restore({{"storageClassName", "elsewhere"}, {"timeouts", {{"rollout", "20s"}}}});
  expect_no_node(await_end(restore_phase::rolled_back));
  EXPECT_EQ(get(set.kind, "app").at("spec"), spec_before);
  EXPECT_EQ(row_on("data"), "after");
  EXPECT_TRUE(await([&] { return count(kinds::claim) == 1 && is_ready(set, name_space_); }));
}

TEST_F(restores, the_volumes_of_a_stateful_set_are_exchanged_under_its_claims) {
  given_stateful_set(3);
  std::map<std::string, std::string> volumes;
  for (const auto* claim : {"data-app-0", "data-app-1", "data-app-2"}) {
    write(claim, "before in " + std::string{claim});
    volumes[claim] = volume_of(claim);
  }
  back_up_now();
  for (const auto& [claim, volume] : volumes)
    write(claim, "after");
  const auto replicas = get(kinds::stateful_set, "app").at("spec");
  restore();
  const auto end = await_end(restore_phase::completed);
  EXPECT_EQ(end.status.strategy, crds::restore_strategy::replace_claim);
  EXPECT_TRUE(is_ready({.kind = kinds::stateful_set, .pods = 3}, name_space_));
  EXPECT_EQ(get(kinds::stateful_set, "app").at("spec"), replicas);
  for (const auto& row : end.status.claims) {
    EXPECT_EQ(row_on(row.claim), "before in " + row.claim);
    EXPECT_EQ(row_on(row.kept_claim), "after");
    EXPECT_EQ(volume_of(row.kept_claim), volumes.at(row.claim));
    EXPECT_EQ(volume_of(row.claim), row.new_volume);
    EXPECT_EQ(policy_of(row.old_volume), "Delete");
    EXPECT_EQ(policy_of(row.new_volume), "Delete");
  }
  EXPECT_EQ(count(kinds::claim), 6U);
  back_up("later");
  await_phase("later", crds::backup_phase::completed);
}

TEST_F(restores, a_cancelled_exchange_puts_the_old_volumes_back) {
  given_stateful_set(2);
  std::map<std::string, std::string> volumes;
  for (const auto* claim : {"data-app-0", "data-app-1"}) {
    write(claim, "before");
    volumes[claim] = volume_of(claim);
  }
  back_up_now();
  for (const auto& [claim, volume] : volumes)
    write(claim, "after");
  restore();
  ASSERT_TRUE(await([this] { return restored().status.phase == restore_phase::rolling_out; }));
  cluster().must(k8s::patch_request(crds::volume_restore::kind, {name_space_, "again"},
                                    k8s::patch_kind::merge, {{"spec", {{"cancel", true}}}}));
  await_end(restore_phase::cancelled);
  for (const auto& [claim, volume] : volumes) {
    EXPECT_EQ(volume_of(claim), volume);
    EXPECT_EQ(row_on(claim), "after");
    EXPECT_EQ(policy_of(volume), "Delete");
  }
  EXPECT_TRUE(await([this] { return count(kinds::claim) == 2; }));
  EXPECT_TRUE(is_ready({.kind = kinds::stateful_set, .pods = 2}, name_space_));
  back_up("later");
  await_phase("later", crds::backup_phase::completed);
}

TEST_F(restores, a_claim_that_does_not_go_leaves_the_rollback_incomplete) {
  given_stateful_set(1);
  back_up_now();
  const auto hold = [this](const json& finalizers) {
    cluster().must(k8s::patch_request(kinds::claim, {name_space_, "data-app-0"},
                                      k8s::patch_kind::merge,
                                      {{"metadata", {{"finalizers", finalizers}}}}));
  };
  hold({"kubernetes.io/pvc-protection", "example.com/hold"});
  restore({{"timeouts", {{"rollout", "3s"}, {"total", "20s"}}}});
  const auto end = await_end(restore_phase::failed);
  EXPECT_EQ(end.status.reason, "RollbackIncomplete");
  EXPECT_NE(end.status.message.find("scale StatefulSet app to 1"), std::string::npos)
      << end.status.message;
  EXPECT_EQ(policy_of(end.status.claims.front().old_volume), "Retain");
  hold(json::array());
}

} // namespace
} // namespace scenarios
