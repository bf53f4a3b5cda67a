#include "tests/sweeps/restore_sweep.hpp"

#include <algorithm>
#include <iostream>

namespace sweeps {
namespace {

using namespace scenarios;
using namespace std::chrono_literals;
using crds::restore_phase;

/// One fault at each request of one restore, one restore for each. The operator lives on, and one
/// fault is no reason to give up.
class restore_fault_sweep : public restore_sweep {
protected:
  /// False if the restore ended before its n-th request: the sweep is through.
  bool survives(json rule, int number) {
    const auto name = "point-" + std::to_string(number);
    SCOPED_TRACE(rule.dump() + ", occurrence " + std::to_string(number));
    rule["first"] = number;
    rule["times"] = 1;
    add_fault(rule);
    restore(name);
    EXPECT_TRUE(await([&] { return is_settled(name); }, total + 10s)) << "I5";
    const bool is_hit = was_hit(number);
    clear_faults();
    EXPECT_EQ(to_string(expect_end(name)), to_string(restore_phase::completed));
    renew(name);
    return is_hit;
  }

  static json at_request(const json& action) {
    return {{"at", "request"}, {"user", operator_user}, {"action", action}};
  }

  /// `one_in`: so many requests there are to one that the rule means.
  void sweep_through(const json& rule, int one_in = 1) {
    const auto step = std::max(1, stride() / one_in);
    const auto points
        = sweep_requests([&](int number) { return survives(rule, number); }, step, shift_);
    total_points_ += points;
    // Another fault is tried at other points.
    shift_ = (shift_ + 3) % step;
    std::cout << points << " points: " << rule.dump() << '\n';
  }

  void TearDown() override {
    RecordProperty("points", total_points_);
    restore_sweep::TearDown();
  }

private:
  int total_points_ = 0;
  int shift_ = 0;
};

/// Waits for deadlines of a client more than it works.
class restore_slow_fault_sweep : public restore_fault_sweep {};

TEST_P(restore_fault_sweep, a_request_is_refused) {
  for (const auto& status :
       {json{{"status", 429}, {"retryAfter", 1}}, json{{"status", 500}}, json{{"status", 503}}})
    sweep_through(at_request(status));
}

/// As if somebody else had written just before.
TEST_P(restore_fault_sweep, a_write_meets_a_conflict) {
  auto rule = at_request({{"status", 409}});
  rule["verb"] = "create|update|patch|delete";
  rule["resource"] = "(?!selfsubject).*";
  sweep_through(rule, 5);
}

TEST_P(restore_fault_sweep, a_request_is_cut_off_before_or_after_it_was_served) {
  for (const auto* when : {"before", "after"})
    sweep_through(at_request({{"drop", when}}));
}

TEST_P(restore_fault_sweep, an_answer_is_cut_in_half) {
  sweep_through(at_request({{"truncate", true}}));
}

TEST_P(restore_slow_fault_sweep, a_request_is_served_late) {
  sweep_through(at_request({{"delay", 12'000}}));
}

/// The watches bring what it did long before its answer comes.
TEST_P(restore_slow_fault_sweep, a_request_is_served_at_once_and_answered_late) {
  sweep_through(at_request({{"delayAfter", 12'000}}));
}

const auto name_of_parameter
    = [](const testing::TestParamInfo<restored_application>& of) { return of.param.name; };
INSTANTIATE_TEST_SUITE_P(of, restore_fault_sweep, testing::Values(switched(), exchanged()),
                         name_of_parameter);
INSTANTIATE_TEST_SUITE_P(of, restore_slow_fault_sweep, testing::Values(switched(), exchanged()),
                         name_of_parameter);

} // namespace
} // namespace sweeps
