#include "tests/scenarios/cluster_scenario.hpp"

#include <csignal>

namespace scenarios {
namespace {

using namespace std::chrono_literals;
using crds::backup_phase;

/// Two replicas and a Lease of 4 s; the first one leads.
class takeovers : public cluster_scenario {
protected:
  static inline const std::vector<std::string> options{"--leader-elect", "--lease-duration", "4s"};

  static void SetUpTestSuite() { start_cluster(); }

  void SetUp() override {
    cluster_scenario::SetUp();
    cluster().stop_operators();
    cluster().start_operator(options, 0);
    ASSERT_TRUE(await_leader(0));
    cluster().start_operator(options, 1);
    ASSERT_TRUE(await_log(1, "stands by for"));
  }

  bool await_log(int replica, const std::string& text) {
    return await([&] { return cluster().operator_log(replica).find(text) != std::string::npos; });
  }
  bool await_leader(int replica) { return await_log(replica, "watching VolumeBackups"); }

  /// Frozen until somebody thaws them: the cut takes longer than the test.
  void given_two_frozen_pods() {
    given_application({.pods = 2,
                       .annotations = recorded_hooks(),
                       .claim_annotations = {{"kubesim/cut-latency", "60s"}}});
    back_up("nightly", {{"timeouts", {{"freeze", "5s"}, {"maxFreeze", "50s"}}}});
    ASSERT_TRUE(await([this] { return hook_runs("pre") == 2 && count(kinds::snapshot) == 1; }));
    ASSERT_EQ(hook_runs("post"), 0U);
  }
};

TEST_F(takeovers, a_standby_does_nothing) {
  given_application({.annotations = recorded_hooks()});
  back_up("nightly");
  await_phase("nightly", backup_phase::completed);
  EXPECT_EQ(hook_runs("pre"), 1U);
  EXPECT_EQ(cluster().execs_in(name_space_).size(), 1U);
  EXPECT_EQ(cluster().operator_log(1).find("leads from now on"), std::string::npos);
}

TEST_F(takeovers, a_leader_that_stops_hands_over_at_once) {
  cluster().operator_process(0).send_signal(SIGTERM);
  EXPECT_EQ(cluster().operator_process(0).await_end(patience), 0);
  ASSERT_TRUE(await_leader(1));
  given_application({.annotations = recorded_hooks()});
  back_up("nightly");
  await_phase("nightly", backup_phase::completed);
}

TEST_F(takeovers, a_killed_leaders_backup_is_begun_again_by_the_other) {
  given_two_frozen_pods();
  cluster().operator_process(0).send_signal(SIGKILL);
  ASSERT_TRUE(await_leader(1));
  EXPECT_TRUE(await([this] { return hook_runs("post") >= 2 && !is_frozen(); }));
  EXPECT_TRUE(await_event("nightly", "Interrupted"));
}

/// A stopped process keeps its streams open: nothing in the pods notices until the other replica
/// thaws them.
TEST_F(takeovers, a_leader_that_sleeps_is_thawed_after_and_has_no_effect_when_it_wakes) {
  given_two_frozen_pods();
  cluster().operator_process(0).send_signal(SIGSTOP);
  ASSERT_TRUE(await_leader(1));
  EXPECT_TRUE(await([this] { return hook_runs("post") >= 2 && !is_frozen(); }, 20s));
  const auto execs = cluster().execs_in(name_space_).size();
  cluster().operator_process(0).send_signal(SIGCONT);
  EXPECT_EQ(cluster().operator_process(0).await_end(patience), 4)
      << "it knows that its time is over";
  EXPECT_EQ(cluster().operator_log(0).find("ended"), std::string::npos);
  EXPECT_TRUE(await_event("nightly", "Interrupted"));
  EXPECT_GE(cluster().execs_in(name_space_).size(), execs);
}

} // namespace
} // namespace scenarios
