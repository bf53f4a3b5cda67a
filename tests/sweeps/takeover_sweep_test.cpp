#include "tests/sweeps/sweep.hpp"

#include <csignal>
#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;

/// Two replicas and a short Lease. The leader is stopped at each passage of one backup, wakes when
/// the other has ended it, and finds out.
class takeover_sweep : public sweep {
protected:
  static inline const std::vector<std::string> options{"--leader-elect", "--lease-duration", "4s"};

  void SetUp() override {
    sweep::SetUp();
    cluster().stop_operators();
    cluster().start_operator(options, leader_);
    ASSERT_TRUE(await_log(leader_, "watching VolumeBackups"));
    start_standby();
  }

  int standby() const { return 1 - leader_; }

  bool await_log(int replica, const std::string& text) {
    return await([&] { return cluster().operator_log(replica).find(text) != std::string::npos; });
  }

  void start_standby() {
    cluster().start_operator(options, standby());
    ASSERT_TRUE(await_log(standby(), "stands by for"));
  }

  /// False if the backup ended before its n-th passage: the sweep is through.
  bool survives(json rule, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    rule["first"] = number;
    rule["times"] = 1;
    rule["kill"] = cluster().operator_process(leader_).pid();
    rule["signal"] = SIGSTOP;
    add_fault(rule);
    back_up_with_short_timeouts(name);
    EXPECT_TRUE(await([&] { return was_hit(number) || is_settled(name); }));
    const bool is_stopped = was_hit(number);
    clear_faults(); // it may still write its event
    EXPECT_TRUE(!is_stopped || await_log(standby(), "watching VolumeBackups"));
    expect_invariants(name);
    if (is_stopped)
      wake_the_former_leader(name);
    expect_nothing_left(name);
    return is_stopped;
  }

  /// I7: whatever it had in mind has no effect any more.
  void wake_the_former_leader(const std::string& name) {
    const auto before = status(name);
    cluster().operator_process(leader_).send_signal(SIGCONT);
    EXPECT_EQ(cluster().operator_process(leader_).await_end(patience), 4)
        << cluster().operator_log(leader_);
    const auto after = status(name);
    EXPECT_EQ(after.metadata.resource_version, before.metadata.resource_version)
        << "I7: a former leader's write was accepted";
    expect_invariants(name);
    leader_ = standby();
    start_standby();
  }

  void sweep_through(const json& rule) {
    int points = 0;
    for (int number = 1; !HasFailure(); number += stride()) {
      if (!survives(rule, number))
        break;
      ++points;
    }
    EXPECT_GT(points, 0) << "the leader was never stopped";
    RecordProperty("points", points);
    std::cout << points << " points\n";
  }

  int leader_ = 0;
};

TEST_F(takeover_sweep, stopped_when_the_server_has_served_a_request) {
  sweep_through({{"at", "request"},
                 {"user", operator_user},
                 {"resource", "(?!leases).*"},
                 {"action", {{"pass", true}}}});
}

TEST_F(takeover_sweep, stopped_at_a_watch_event) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"pass", true}}}});
}

TEST_F(takeover_sweep, stopped_at_an_exec_frame) {
  sweep_through({{"at", "exec_frame"}, {"namespace", name_space_}, {"action", {{"pass", true}}}});
}

} // namespace
} // namespace sweeps
