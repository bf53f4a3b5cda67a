#include "tests/sweeps/restore_sweep.hpp"

#include <csignal>
#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;

/// Two replicas and a short Lease. The leader is killed, or stopped until the other has ended the
/// restore, at each request of one restore.
class restore_takeover_sweep : public restore_sweep {
protected:
  static inline const std::vector<std::string> options{"--leader-elect", "--lease-duration", "4s"};

  void SetUp() override {
    restore_sweep::SetUp();
    cluster().stop_operators();
    leader_ = 0;
    cluster().start_operator(options, leader_);
    ASSERT_TRUE(await_log(leader_, "watching VolumeBackups"));
    start_standby();
  }

  /// The next case backs up before it starts replicas of its own.
  void TearDown() override {
    cluster().stop_operators();
    restart_operator();
    restore_sweep::TearDown();
  }

  int standby() const { return 1 - leader_; }

  bool await_log(int replica, const std::string& text) {
    return await([&] { return cluster().operator_log(replica).find(text) != std::string::npos; });
  }

  void start_standby() {
    cluster().start_operator(options, standby());
    ASSERT_TRUE(await_log(standby(), "stands by for"));
  }

  /// False if the restore ended before its n-th request: the sweep is through.
  bool survives(int signal, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE("signal " + std::to_string(signal) + ", request " + std::to_string(number));
    add_fault({{"at", "request"},
               {"user", operator_user},
               {"resource", "(?!leases).*"},
               {"first", number},
               {"times", 1},
               {"kill", cluster().operator_process(leader_).pid()},
               {"signal", signal},
               {"action", {{"pass", true}}}});
    restore(name);
    EXPECT_TRUE(await([&] { return was_hit(number) || is_settled(name); }, total));
    const bool is_hit = was_hit(number);
    clear_faults();
    EXPECT_TRUE(!is_hit || await_log(standby(), "watching VolumeBackups"));
    EXPECT_EQ(to_string(expect_end(name)), to_string(crds::restore_phase::completed));
    if (is_hit)
      replace_the_former_leader(name, signal);
    renew(name);
    return is_hit;
  }

  /// I7: whatever it had in mind when it was stopped has no effect any more.
  void replace_the_former_leader(const std::string& name, int signal) {
    auto& former = cluster().operator_process(leader_);
    const auto before = status_of_restore(name);
    former.send_signal(SIGCONT);
    EXPECT_EQ(former.await_end(patience), signal == SIGKILL ? 128 + SIGKILL : 4)
        << cluster().operator_log(leader_);
    EXPECT_EQ(status_of_restore(name).metadata.resource_version, before.metadata.resource_version)
        << "I7: a former leader's write was accepted";
    expect_end(name);
    leader_ = standby();
    start_standby();
  }

  void sweep_through(int signal) {
    const auto points = sweep_requests([&](int number) { return survives(signal, number); });
    RecordProperty("points", points);
    std::cout << points << " points\n";
  }

  int leader_ = 0;
};

TEST_P(restore_takeover_sweep, the_leader_is_killed) {
  sweep_through(SIGKILL);
}

TEST_P(restore_takeover_sweep, the_leader_is_stopped_and_wakes_when_all_is_over) {
  sweep_through(SIGSTOP);
}

INSTANTIATE_TEST_SUITE_P(of, restore_takeover_sweep, testing::Values(switched(), exchanged()),
                         [](const testing::TestParamInfo<restored_application>& of) {
                           return of.param.name;
                         });

} // namespace
} // namespace sweeps
