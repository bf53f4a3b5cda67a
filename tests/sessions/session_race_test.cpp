#include "tests/sessions/shell_session.hpp"

#include <algorithm>
#include <csignal>
#include <random>

namespace session_tests {
namespace {

/// What comes at the worst moment. Every session must still end with the post-hook run once.
class session_race : public shell_session {
protected:
  void expect_one_thaw(running_shell& session) {
    for (;;) {
      auto fact = session.next();
      const auto* violation = std::get_if<protocol_violation>(&fact);
      ASSERT_FALSE(violation) << violation->line;
      if (std::holds_alternative<thawed>(fact))
        break;
    }
    session.exit_code();
    EXPECT_EQ(content("log"), "thawed\n");
    std::filesystem::remove(file("log"));
    expect_nothing_alive();
  }

  session_plan race_plan() const { return plan("true", "echo thawed >>$DIR/log"); }

  std::mt19937 random_{42};
};
INSTANTIATE_TEST_SUITE_P(shells, session_race, all_shells(), shell_name);

TEST_P(session_race, thaw_line_together_with_go) {
  for (int i = 0; i < 20; ++i) {
    auto session = start(race_plan());
    session.write(thaw_line);
    expect_one_thaw(session);
  }
}

TEST_P(session_race, end_of_input_together_with_go) {
  for (int i = 0; i < 20; ++i) {
    auto session = start(race_plan());
    session.close_input();
    expect_one_thaw(session);
  }
}

TEST_P(session_race, term_signal_at_any_moment_after_armed) {
  for (int i = 0; i < 20; ++i) {
    auto session = start(race_plan());
    session.expect<armed>();
    usleep(std::uniform_int_distribution<useconds_t>{0, 6000}(random_));
    session.terminate();
    expect_one_thaw(session);
  }
}

TEST_P(session_race, storm_of_term_signals_to_all_parts) {
  for (int i = 0; i < 8; ++i) {
    auto session = start(race_plan());
    session.expect<armed>();
    session.expect<frozen>();
    // The timer's sleep and the post-hook must not be hit: only the parts of the program.
    auto parts = children_of(session.pid());
    parts.push_back(session.pid());
    for (int shot = 0; shot < 30; ++shot)
      for (auto part : parts)
        kill(part, SIGTERM);
    expect_one_thaw(session);
  }
}

TEST_P(session_race, timer_together_with_the_end_of_the_pre_hook) {
  auto limited = plan("sleep 0.1", "echo thawed >>$DIR/log");
  limited.max_freeze = 100ms;
  for (int i = 0; i < 10; ++i) {
    auto session = start(limited);
    expect_one_thaw(session);
  }
}

TEST_P(session_race, client_that_quits_together_with_the_thaw_line) {
  for (int i = 0; i < 10; ++i) {
    auto session = start(client_plan("echo READY; read -r line", "lock", "unlock"));
    session.write(thaw_line);
    session.expect<armed>();
    while (!std::holds_alternative<thawed>(session.next())) {
    }
    session.exit_code();
    expect_nothing_alive();
  }
}

/// Limits hold for the program, not for a busy machine: one run of ten must keep them.
template <class Run>
std::chrono::milliseconds best_of_ten(std::chrono::milliseconds limit, Run run) {
  auto best = std::chrono::milliseconds::max();
  for (int i = 0; i < 10 && best > limit; ++i)
    best = std::min(best, run());
  return best;
}

TEST_P(session_race, stubborn_pre_hook_is_thawed_within_a_second_after_the_timer) {
  auto limited = plan("trap '' TERM; while :; do sleep 600; done", "true");
  limited.max_freeze = 200ms;
  auto best = best_of_ten(limited.max_freeze + 1s, [&] {
    auto session = start(limited);
    session.expect<armed>();
    return session.expect<thawed>().after_go;
  });
  EXPECT_LE(best, limited.max_freeze + 1s);
}

TEST_P(session_race, stubborn_client_is_gone_within_a_second_after_the_timer) {
  auto limited
      = client_plan("trap '' TERM; echo READY; while :; do sleep 600; done", "lock", "unlock");
  limited.max_freeze = 200ms;
  auto best = best_of_ten(limited.max_freeze + 1s, [&] {
    auto session = start(limited);
    session.expect<armed>();
    session.expect<frozen>();
    return session.expect<thawed>().after_go;
  });
  EXPECT_LE(best, limited.max_freeze + 1s);
}

} // namespace
} // namespace session_tests
