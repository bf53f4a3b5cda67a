#include "tests/sweeps/restore_sweep.hpp"

#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::restore_phase;

/// SIGKILL for the operator at each request of one restore, one restore for each.
class restore_kill_sweep : public restore_sweep {
protected:
  void add_kill(json rule, int number) {
    rule["first"] = number;
    rule["times"] = 1;
    rule["kill"] = cluster().operator_process().pid();
    add_fault(rule);
  }

  /// Waits until the operator is killed or has nothing left to do; true if it was killed.
  bool await_kill(const std::string& name, int number) {
    EXPECT_TRUE(await([&] { return was_hit(number) || is_settled(name); }, total));
    const bool is_hit = was_hit(number);
    clear_faults();
    EXPECT_TRUE(!is_hit || await([this] { return is_killed(); }));
    return is_hit || is_killed(); // it may have written its event in between
  }

  /// False if the restore ended before its n-th request: the sweep is through.
  bool survives(const json& rule, int number, const json& spec) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    add_kill(rule, number);
    restore(name, spec);
    const bool was_killed = await_kill(name, number);
    expect_old_data(name);
    if (was_killed)
      restart_operator();
    EXPECT_EQ(to_string(expect_end(name)), to_string(restore_phase::completed));
    renew(name);
    return was_killed;
  }

  void sweep_through(const std::function<bool(int)>& survives_at) {
    const auto points = sweep_requests(survives_at);
    RecordProperty("points", points);
    std::cout << points << " points\n";
  }

  static json at_request(const char* when) {
    return {{"at", "request"}, {"user", operator_user}, {"action", {{"drop", when}}}};
  }
};

TEST_P(restore_kill_sweep, before_the_server_serves_a_request) {
  sweep_through(
      [this](int number) { return survives(at_request("before"), number, json::object()); });
}

/// The old claims are deleted in the end, so that what is lost too early is really lost.
TEST_P(restore_kill_sweep, when_the_server_has_served_a_request) {
  sweep_through([this](int number) {
    return survives(at_request("after"), number, {{"oldClaimPolicy", "Delete"}});
  });
}

/// The same on the way back. The application is never healthy on the snapshots' data, and the
/// restore is cancelled when the workload was changed.
class restore_rollback_sweep : public restore_kill_sweep {
protected:
  json container_extras() override { return healthy_on_newer_data(); }

  bool survives_rollback(const json& rule, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number) + " of the rollback");
    restore(name);
    EXPECT_TRUE(
        await([&] { return status_of_restore(name).status.phase == restore_phase::rolling_out; }));
    add_kill(rule, number);
    cancel(name);
    const bool was_killed = await_kill(name, number);
    expect_old_data(name);
    if (was_killed)
      restart_operator();
    EXPECT_EQ(to_string(expect_end(name)), to_string(restore_phase::cancelled));
    renew(name);
    return was_killed;
  }
};

TEST_P(restore_rollback_sweep, before_the_server_serves_a_request) {
  sweep_through([this](int number) { return survives_rollback(at_request("before"), number); });
}

TEST_P(restore_rollback_sweep, when_the_server_has_served_a_request) {
  sweep_through([this](int number) { return survives_rollback(at_request("after"), number); });
}

const auto name_of_parameter
    = [](const testing::TestParamInfo<restored_application>& of) { return of.param.name; };
INSTANTIATE_TEST_SUITE_P(of, restore_kill_sweep, testing::Values(switched(), exchanged()),
                         name_of_parameter);
INSTANTIATE_TEST_SUITE_P(of, restore_rollback_sweep, testing::Values(switched(), exchanged()),
                         name_of_parameter);

} // namespace
} // namespace sweeps
