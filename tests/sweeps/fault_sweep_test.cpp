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

  /// Of what is slow the short form tries only every `rarity`-th of its points.
  void sweep_through(const json& rule, int rarity = 1) {
    int points = 0;
    const int step = stride() > 1 ? stride() * rarity : 1;
    for (int number = 1 + begin_; !HasFailure(); number += step) {
      const bool has_come = survives(rule, number);
      if (needs_new_watches_)
        restart_operator();
      if (!has_come)
        break;
      ++points;
    }
    EXPECT_GT(points, 0) << "no passage was hit";
    total_points_ += points;
    // Another fault is tried at other points.
    begin_ = stride() > 1 ? (begin_ + 1) % 3 : 0;
    std::cout << points << " points: " << rule.dump() << '\n';
  }

  void refuse_each_request() {
    for (const auto& status : {json{{"status", 409}}, json{{"status", 429}, {"retryAfter", 1}},
                               json{{"status", 500}}, json{{"status", 503}}})
      sweep_through({{"at", "request"}, {"user", operator_user}, {"action", status}});
  }

  void cut_off_each_request() {
    for (const auto* when : {"before", "after"})
      sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"drop", when}}}});
  }

  /// Each at the first exec, the second, ...
  void sweep_through_execs(const json& action) {
    begin_ %= 2; // one for each pod
    sweep_through({{"at", "request"},
                   {"user", operator_user},
                   {"subresource", "exec"},
                   {"namespace", name_space_},
                   {"action", action}});
  }

  /// All at once, and as often as they can.
  void survive_together(const std::string& name, const std::vector<json>& rules) {
    SCOPED_TRACE(json{rules}.dump());
    for (const auto& rule : rules)
      add_fault(rule);
    back_up_with_short_timeouts(name);
    EXPECT_TRUE(await([&] { return is_final(name); }, total + 10s));
    for (std::size_t i = 0; i < rules.size(); ++i)
      EXPECT_TRUE(was_hit(rules[i].value("first", 1), i)) << "never hit: " << rules[i].dump();
    clear_faults();
    expect_invariants(name);
    expect_nothing_left(name);
    ++total_points_;
  }

  void TearDown() override {
    RecordProperty("points", total_points_);
    sweep::TearDown();
  }

  int total_points_ = 0;
  bool needs_new_watches_ = false; ///< after each point, or what it did would hide the next ones

private:
  int begin_ = 0;
};

/// Of a backup that fails anyway, as the storage takes one of its two snapshots only: it clears up.
class failing_fault_sweep : public fault_sweep {
protected:
  void SetUp() override {
    fault_sweep::SetUp();
    const json quota{
        {"kubesim/snapshot-error", "rpc error: code = ResourceExhausted desc = quota"}};
    cluster().must(k8s::patch_request(kinds::claim, {name_space_, "logs"}, k8s::patch_kind::merge,
                                      {{"metadata", {{"annotations", quota}}}}));
  }
};

/// Waits for deadlines of a client or of a watch more than it works.
class slow_fault_sweep : public fault_sweep {};

TEST_F(fault_sweep, a_request_is_refused) {
  refuse_each_request();
}

TEST_F(fault_sweep, a_request_is_cut_off_before_or_after_it_was_served) {
  cut_off_each_request();
}

TEST_F(failing_fault_sweep, a_request_is_refused) {
  refuse_each_request();
}

TEST_F(failing_fault_sweep, a_request_is_cut_off_before_or_after_it_was_served) {
  cut_off_each_request();
}

/// Longer than the freeze may last.
TEST_F(fault_sweep, a_request_is_answered_late) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"delay", 10'000}}}});
}

/// Served when its client has long given up.
TEST_F(slow_fault_sweep, a_request_is_served_half_a_minute_late) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"delay", 30'000}}}}, 2);
}

/// The watch brings what it did before its answer comes, if that comes at all.
TEST_F(slow_fault_sweep, a_request_is_served_at_once_and_answered_late) {
  for (const int time : {1'500, 11'000})
    sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"delayAfter", time}}}},
                  2);
}

TEST_F(fault_sweep, an_answer_is_cut_in_half) {
  sweep_through({{"at", "request"}, {"user", operator_user}, {"action", {{"truncate", true}}}});
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

TEST_F(fault_sweep, a_watch_event_comes_twice) {
  sweep_through({{"at", "watch_event"}, {"user", operator_user}, {"action", {{"repeat", true}}}});
}

/// The connection stays and lives; nothing comes, not even bookmarks or an end.
TEST_F(slow_fault_sweep, a_watch_falls_silent) {
  needs_new_watches_ = true;
  sweep_through(
      {{"at", "watch_event"}, {"user", operator_user}, {"action", {{"fallSilent", true}}}}, 2);
}

/// Of what happens in this order: created, its answer, the content's news, the snapshot's.
TEST_F(fault_sweep, kinds_are_told_of_in_another_order) {
  const auto watch_is_late = [](const char* kind) {
    return json{{"at", "watch_event"},
                {"user", operator_user},
                {"resource", kind},
                {"action", {{"delay", 1'500}}}};
  };
  const auto snapshots
      = watch_is_late(is_grouped() ? "volume(group)?snapshots" : "volumesnapshots");
  const auto contents = watch_is_late("volumesnapshotcontents");
  const json creates{{"at", "request"},
                     {"user", operator_user},
                     {"verb", "create"},
                     {"resource", "volume(group)?snapshots"},
                     {"action", {{"delayAfter", 3'000}}}};
  survive_together("snapshots-last", {snapshots});
  survive_together("contents-last", {contents});
  survive_together("answers-last", {creates});
  survive_together("answers-between-contents-last", {creates, contents});
  survive_together("answers-and-snapshots-last", {creates, snapshots});
  survive_together("backups-last", {watch_is_late("volumebackups")});
}

TEST_F(fault_sweep, an_exec_is_refused) {
  for (const int status : {403, 404, 500})
    sweep_through_execs({{"status", status}});
}

/// A session is cut off while it holds, and so are the first tries to rescue its pod.
TEST_F(fault_sweep, a_rescue_is_refused) {
  for (const json& refusal : {json{{"status", 403}}, json{{"status", 404}}, json{{"status", 500}},
                              json{{"drop", "before"}}})
    survive_together("rescue-" + std::to_string(total_points_), {{{"at", "exec_frame"},
                                                                  {"namespace", name_space_},
                                                                  {"verb", "stdout"},
                                                                  {"first", 3},
                                                                  {"times", 1},
                                                                  {"action", {{"drop", "before"}}}},
                                                                 {{"at", "request"},
                                                                  {"user", operator_user},
                                                                  {"subresource", "exec"},
                                                                  {"namespace", name_space_},
                                                                  {"first", 3},
                                                                  {"times", 2},
                                                                  {"action", refusal}}});
}

TEST_F(fault_sweep, an_exec_is_cut_off_before_it_begins) {
  sweep_through_execs({{"drop", "before"}});
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
