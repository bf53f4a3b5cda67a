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

  static json first_create_of_a_snapshot() {
    return {{"at", "request"},
            {"user", operator_user},
            {"verb", "create"},
            {"resource", is_grouped() ? "volumegroupsnapshots" : "volumesnapshots"},
            {"action", {{"drop", "before"}}}};
  }

  void add_kill(json rule, int number) {
    rule["first"] = number;
    rule["times"] = 1;
    rule["kill"] = cluster().operator_process().pid();
    add_fault(rule);
  }

  /// Waits until the operator is killed or has nothing left to do; true if it was killed.
  bool await_kill(const std::string& name) {
    EXPECT_TRUE(await([&] { return is_killed() || is_settled(name); }));
    clear_faults(); // it may still write its event
    return is_killed();
  }

  void expect_thaw_by_itself() {
    EXPECT_TRUE(await([this] { return !is_frozen(); }, max_freeze + 5s))
        << "a pod stays frozen without an operator";
  }

  /// False if the backup ended before its n-th passage: the sweep is through.
  bool survives(const json& rule, int number, then what_follows) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    add_kill(rule, number);
    back_up_with_short_timeouts(name);
    const bool was_killed = await_kill(name);
    if (was_killed && what_follows == then::thaw_by_itself)
      expect_thaw_by_itself();
    if (was_killed)
      restart_operator();
    expect_invariants(name);
    expect_nothing_left(name);
    return was_killed;
  }

  /// The next operator's first list is behind: it begins from what is no longer true.
  bool survives_a_stale_list(const json& rule, int number, int changes) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number) + ", then a list without "
                 + std::to_string(changes) + " changes");
    add_kill(rule, number);
    back_up_with_short_timeouts(name);
    const bool was_killed = await_kill(name);
    if (was_killed) {
      add_fault({{"at", "request"},
                 {"user", operator_user},
                 {"verb", "list"},
                 {"resource", "volumebackups"},
                 {"times", 1},
                 {"action", {{"stale", changes}}}});
      restart_operator();
      EXPECT_TRUE(was_hit(1)) << "the list was never asked for";
      clear_faults();
    }
    expect_invariants(name);
    expect_nothing_left(name);
    return was_killed;
  }

  /// The operator is killed while both pods are frozen, and the next one at the n-th passage after.
  bool survives_twice(const json& rule, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number) + " of the recovery");
    add_kill(first_create_of_a_snapshot(), 1); // when both pods are frozen
    back_up_with_short_timeouts(name);
    EXPECT_TRUE(await_kill(name));
    cluster().start_operator();
    add_kill(rule, number);
    const bool was_killed = await_kill(name);
    if (was_killed)
      restart_operator();
    expect_invariants(name);
    expect_nothing_left(name);
    return was_killed;
  }

  template <class Case>
  void sweep_through(Case survives_at) {
    int points = 0;
    for (int number = 1; !HasFailure() && survives_at(number); number += stride())
      ++points;
    EXPECT_GT(points, 0) << "the operator was never killed";
    RecordProperty("points", points);
    std::cout << points << " points\n";
  }

  /// Odd points are followed by a restart at once, even ones by the pods' own thaw.
  void sweep_through(const json& rule) {
    bool restarts = false;
    sweep_through([&](int number) {
      restarts = !restarts;
      return survives(rule, number, restarts ? then::restart : then::thaw_by_itself);
    });
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

TEST_F(kill_sweep, and_the_next_operator_lists_an_older_state) {
  int changes = 0;
  sweep_through([&](int number) {
    changes = changes % 3 + 1; // status, finalizer, creation
    return survives_a_stale_list(
        {{"at", "request"}, {"user", operator_user}, {"action", {{"drop", "after"}}}}, number,
        changes);
  });
}

TEST_F(kill_sweep, at_a_request_of_the_recovery_from_a_kill) {
  sweep_through([this](int number) {
    return survives_twice(
        {{"at", "request"}, {"user", operator_user}, {"action", {{"drop", "after"}}}}, number);
  });
}

TEST_F(kill_sweep, at_an_exec_frame_of_the_recovery_from_a_kill) {
  sweep_through([this](int number) {
    return survives_twice(
        {{"at", "exec_frame"}, {"namespace", name_space_}, {"action", {{"pass", true}}}}, number);
  });
}

} // namespace
} // namespace sweeps
