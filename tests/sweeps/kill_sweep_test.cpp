#include "tests/sweeps/sweep.hpp"

#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;

/// SIGKILL for the operator at each passage of one backup, one backup for each.
class kill_sweep : public sweep {
protected:
  enum class then {
    restart,       ///< a new operator starts at once
    thaw_by_itself ///< nobody comes until the pods have thawed by themselves
  };

  /// False if the backup ended before its n-th passage: the sweep is through.
  bool survives(json rule, int number, then what_follows) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    rule["first"] = number;
    rule["times"] = 1;
    rule["kill"] = cluster().operator_process().pid();
    add_fault(rule);
    back_up_with_short_timeouts(name);
    bool is_killed = false;
    EXPECT_TRUE(await([&] {
      is_killed = cluster().operator_process().await_end(0ms).has_value();
      return is_killed || is_final(name);
    }));
    if (is_killed && what_follows == then::thaw_by_itself) {
      EXPECT_TRUE(await([this] { return !is_frozen(); }, max_freeze + 5s))
          << "a pod stays frozen without an operator";
    }
    if (is_killed) {
      cluster().start_operator();
      EXPECT_TRUE(cluster().await_operator_ready()) << cluster().operator_log();
    }
    expect_invariants(name);
    expect_nothing_left(name);
    clear_faults();
    return is_killed;
  }

  /// Odd points are followed by a restart at once, even ones by the pods' own thaw.
  void sweep_through(const json& rule) {
    int points = 0;
    for (int number = 1; !HasFailure(); number += stride()) {
      if (!survives(rule, number, points % 2 == 0 ? then::restart : then::thaw_by_itself))
        break;
      ++points;
    }
    EXPECT_GT(points, 0) << "the operator was never killed";
    RecordProperty("points", points);
    std::cout << points << " points\n";
  }
};

TEST_F(kill_sweep, before_the_server_serves_a_request) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"drop", "before"}}}});
}

TEST_F(kill_sweep, when_the_server_has_served_a_request) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"drop", "after"}}}});
}

TEST_F(kill_sweep, at_a_watch_event) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"drop", "before"}}}});
}

TEST_F(kill_sweep, before_an_exec_frame_arrives) {
  sweep_through(
      {{"at", "exec_frame"}, {"namespace", name_space_}, {"action", {{"drop", "before"}}}});
}

TEST_F(kill_sweep, after_an_exec_frame_has_arrived) {
  sweep_through({{"at", "exec_frame"}, {"namespace", name_space_}, {"action", {{"pass", true}}}});
}

} // namespace
} // namespace sweeps
