#include "tests/sweeps/sweep.hpp"

#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;

/// One fault at each passage of one backup, one backup for each. The operator lives on.
class fault_sweep : public sweep {
protected:
  /// False if the backup ended before its n-th passage: the sweep is through.
  bool survives(json rule, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    rule["first"] = number;
    if (!rule.contains("times"))
      rule["times"] = 1;
    add_fault(rule);
    back_up_with_short_timeouts(name);
    EXPECT_TRUE(await([&] { return is_final(name); }, total + 10s));
    const bool is_hit = was_hit(number);
    clear_faults();
    expect_invariants(name);
    expect_nothing_left(name);
    return is_hit;
  }

  void sweep_through(const json& rule) {
    int points = 0;
    for (int number = 1 + begin_; !HasFailure(); number += stride()) {
      if (!survives(rule, number))
        break;
      ++points;
    }
    EXPECT_GT(points, 0) << "no passage was hit";
    total_points_ += points;
    // Another fault is tried at other points.
    begin_ = stride() > 1 ? (begin_ + 1) % 3 : 0;
    std::cout << points << " points: " << rule.dump() << '\n';
  }

  void TearDown() override {
    RecordProperty("points", total_points_);
    sweep::TearDown();
  }

private:
  int begin_ = 0, total_points_ = 0;
};

TEST_F(fault_sweep, a_request_is_refused) {
  for (const auto& status : {json{{"status", 409}}, json{{"status", 429}, {"retryAfter", 1}},
                             json{{"status", 500}}, json{{"status", 503}}})
    sweep_through({{"at", "request"}, {"user", operator_user}, {"action", status}});
}

TEST_F(fault_sweep, a_request_is_cut_off_before_or_after_it_was_served) {
  for (const auto* when : {"before", "after"})
    sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"drop", when}}}});
}

/// Longer than the freeze may last.
TEST_F(fault_sweep, a_request_is_answered_late) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"delay", 10'000}}}});
}

TEST_F(fault_sweep, a_watch_is_cut_off) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"drop", "before"}}}});
}

TEST_F(fault_sweep, a_watch_ends_as_too_old) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"status", 410}}}});
}

TEST_F(fault_sweep, a_watch_event_comes_late) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"delay", 3'000}}}});
}

TEST_F(fault_sweep, an_exec_is_cut_off_at_a_frame) {
  sweep_through(
      {{"at", "exec_frame"}, {"namespace", name_space_}, {"action", {{"drop", "before"}}}});
}

/// Whatever is asked or said after that frame never arrives, and nobody closes anything.
TEST_F(fault_sweep, an_exec_falls_silent_at_a_frame) {
  sweep_through({{"at", "exec_frame"},
                 {"namespace", name_space_},
                 {"times", 1'000'000},
                 {"action", {{"swallow", true}}}});
}

} // namespace
} // namespace sweeps
