#include "tests/scenarios/cluster_scenario.hpp"

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

class refusals : public cluster_scenario {
protected:
  static void SetUpTestSuite() { start_cluster(); }

  /// Failed with that reason, told as condition and event, and the application was not touched.
  void expect_refused(const std::string& reason, json spec = json::object()) {
    back_up("nightly", std::move(spec));
    const auto backup = await_phase("nightly", backup_phase::failed);
    EXPECT_EQ(backup.status.reason, reason) << backup.status.message;
    const auto told = condition("nightly", "PreflightPassed");
    EXPECT_EQ(told.value("status", ""), "False");
    EXPECT_EQ(told.value("reason", ""), reason);
    EXPECT_FALSE(told.value("message", "").empty());
    EXPECT_TRUE(await_event("nightly", reason));
    EXPECT_TRUE(cluster().execs_in(name_space_).empty());
    EXPECT_EQ(count_snapshots(), 0U);
  }

  virtual std::size_t count_snapshots() { return count(kinds::snapshot); }

  /// It remembers classes and rights for a while.
  void restart_operator() {
    cluster().start_operator();
    ASSERT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
  }

  json snapshot_class(const std::string& name) {
    return {{"apiVersion", "snapshot.storage.k8s.io/v1"},
            {"kind", "VolumeSnapshotClass"},
            {"metadata", {{"name", name}}},
            {"driver", "hostpath.csi.k8s.io"},
            {"deletionPolicy", "Delete"}};
  }

  /// The classes that a cluster has while a test runs; the next test finds the seeded one again.
  void given_snapshot_classes(const std::vector<std::string>& names) {
    const k8s::object_key seeded{{}, "csi-hostpath-snap"};
    seeded_ = cluster().must(k8s::get_request(kinds::snapshot_class, seeded));
    cluster().must(k8s::delete_request(kinds::snapshot_class, seeded, {}));
    for (const auto& name : names) {
      cluster().must(k8s::create_request(kinds::snapshot_class, {}, snapshot_class(name)));
      given_classes_.push_back(name);
    }
    restart_operator();
  }

  void TearDown() override {
    for (const auto& name : given_classes_)
      cluster().must(k8s::delete_request(kinds::snapshot_class, {{}, name}, {}));
    if (!seeded_.is_null()) {
      auto& metadata = seeded_.at("metadata");
      metadata = {{"name", metadata.at("name")}, {"annotations", metadata.at("annotations")}};
      cluster().must(k8s::create_request(kinds::snapshot_class, {}, seeded_));
      restart_operator();
    }
    cluster_scenario::TearDown();
  }

private:
  std::vector<std::string> given_classes_;
  json seeded_;
};

TEST_F(refusals, an_unknown_application) {
  expect_refused("ApplicationNotFound", {{"applicationRef", "nobody"}});
}

TEST_F(refusals, a_name_that_a_deployment_and_a_stateful_set_share) {
  given_application({.annotations = recorded_hooks()});
  given_application({.kind = kinds::stateful_set, .claims = {}});
  expect_refused("ApplicationAmbiguous");
}

TEST_F(refusals, a_claim_that_no_pod_mounts) {
  given_application({.annotations = recorded_hooks()});
  expect_refused("ClaimNotMounted", {{"claims", {"elsewhere"}}});
}

TEST_F(refusals, a_claim_that_is_pending) {
  given_application({.annotations = recorded_hooks(), .storage_class = "no-such-class"});
  expect_refused("ClaimNotBound");
}

TEST_F(refusals, a_snapshot_class_that_is_not_there) {
  given_application({.annotations = recorded_hooks()});
  expect_refused("SnapshotClassNotFound", {{"snapshotClassName", "no-such-class"}});
}

TEST_F(refusals, a_driver_without_a_snapshot_class) {
  given_snapshot_classes({});
  given_application({.annotations = recorded_hooks()});
  expect_refused("SnapshotClassMissing");
}

TEST_F(refusals, two_snapshot_classes_and_no_default) {
  given_snapshot_classes({"fast", "cheap"});
  given_application({.annotations = recorded_hooks()});
  expect_refused("SnapshotClassAmbiguous");
}

TEST_F(refusals, a_hook_container_that_the_pod_has_not) {
  auto hooks = recorded_hooks();
  hooks["backups.example.com.hook-container"] = "sidecar";
  given_application({.annotations = hooks});
  expect_refused("ContainerUnknown");
}

TEST_F(refusals, a_pod_that_is_not_ready) {
  given_application({.annotations = recorded_hooks(), .becomes_ready = false});
  ASSERT_TRUE(await([this] {
    const auto claim = cluster().must(k8s::get_request(kinds::claim, {name_space_, "data"}));
    return claim.value("/status/phase"_json_pointer, "") == "Bound";
  }));
  expect_refused("PodNotReady");
}

TEST_F(refusals, a_pre_hook_without_a_post_hook) {
  auto hooks = recorded_hooks();
  hooks.erase("backups.example.com.post-hook");
  given_application({.annotations = hooks});
  expect_refused("InvalidHooks");
}

TEST_F(refusals, a_malformed_duration_at_the_api_server_already) {
  const auto created = try_to_back_up("nightly", {{"timeouts", {{"freeze", "soon"}}}});
  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().http_status, 422);
  EXPECT_NE(created.error().detail.find("spec.timeouts.freeze"), std::string::npos)
      << created.error().detail;
}

TEST_F(refusals, an_operator_that_may_not_exec) {
  const k8s::object_key role{{}, "backup-restore-operator"};
  const auto shipped = cluster().must(k8s::get_request(kinds::cluster_role, role));
  auto rules = json::array();
  for (const auto& rule : shipped.at("rules"))
    if (rule.at("resources") != json{"pods/exec"})
      rules.push_back(rule);
  ASSERT_EQ(rules.size() + 1, shipped.at("rules").size());
  const auto set_rules = [&](const json& wanted) {
    cluster().must(
        k8s::patch_request(kinds::cluster_role, role, k8s::patch_kind::merge, {{"rules", wanted}}));
    restart_operator();
  };
  set_rules(rules);
  given_application({.annotations = recorded_hooks()});
  expect_refused("ExecForbidden");
  set_rules(shipped.at("rules"));
}

class refusals_without_snapshots : public refusals {
protected:
  static void SetUpTestSuite() { start_cluster({"--without-snapshot-crds"}); }
  std::size_t count_snapshots() override { return 0; }
};

TEST_F(refusals_without_snapshots, a_cluster_without_the_snapshot_kinds) {
  given_application({.annotations = recorded_hooks()});
  expect_refused("SnapshotApiMissing");
}

TEST(installation, an_operator_without_its_definitions_says_how_to_install_them_and_waits) {
  embedded_cluster cluster;
  cluster.install("deploy/10-service-account.yaml");
  cluster.install("deploy/20-rbac.yaml");
  cluster.write_operator_kubeconfig();
  cluster.start_operator();
  ASSERT_TRUE(await([&] {
    return cluster.operator_log().find("kubectl apply -f crds/") != std::string::npos;
  })) << cluster.operator_log();
  EXPECT_EQ(cluster.operator_log().find("watching VolumeBackups"), std::string::npos);
  cluster.install("crds/");
  EXPECT_TRUE(cluster.await_operator_ready()) << cluster.operator_log();
}

} // namespace
} // namespace scenarios
