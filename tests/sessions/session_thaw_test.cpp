#include "tests/sessions/shell_session.hpp"

#include <csignal>
#include <sys/wait.h>

namespace session_tests {
namespace {

class session_thaw : public shell_session {};
INSTANTIATE_TEST_SUITE_P(shells, session_thaw, all_shells(), shell_name);

TEST_P(session_thaw, thaw_line_runs_the_post_hook) {
  auto session = start(plan("echo froze >>$DIR/log", "echo thawed >>$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  EXPECT_EQ(content("log"), "froze\n");
  session.write(thaw_line);
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::line);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "froze\nthawed\n");
  EXPECT_EQ(session.exit_code(), 0);
  EXPECT_TRUE(session.nothing_more_said());
  expect_nothing_left();
}

TEST_P(session_thaw, end_of_input_runs_the_post_hook) {
  auto session = start(plan("true", "echo thawed >$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  session.close_input();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::end_of_input);
  EXPECT_EQ(content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, timer_runs_the_post_hook_although_nobody_asks_for_it) {
  auto limited = plan("true", "echo thawed >$DIR/log");
  limited.max_freeze = 200ms;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::timer);
  // 10 ms is the resolution of the program's clock.
  EXPECT_GE(last.after_go, 190ms);
  EXPECT_EQ(content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, thaw_line_ends_a_pre_hook_that_still_runs) {
  auto session
      = start(plan("echo $$ >$DIR/pid; sleep 600; echo late >$DIR/late", "test ! -e $DIR/late"));
  session.expect<armed>();
  auto hook = static_cast<pid_t>(std::stoi(await_content("pid")));
  session.write(thaw_line);
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::line);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_FALSE(is_alive(hook));
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, end_of_input_ends_a_pre_hook_and_what_it_has_started) {
  auto session = start(plan("(sleep 600; true) & sh -c 'sleep 601 & echo >$DIR/up; wait'", "true"));
  session.expect<armed>();
  await_content("up");
  session.close_input();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::end_of_input);
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, pre_hook_that_is_one_program_leaves_no_zombie_when_it_is_ended) {
  auto session = start(plan("echo >$DIR/up; exec sleep 600", "true"));
  session.expect<armed>();
  await_content("up");
  session.close_input();
  session.expect<thawed>();
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_thaw, timer_kills_a_pre_hook_that_ignores_term) {
  auto limited = plan("trap '' TERM; while :; do sleep 600; done", "echo thawed >$DIR/log");
  limited.max_freeze = 300ms;
  auto session = start(limited);
  session.expect<armed>();
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::timer);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "thawed\n");
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, pre_hook_may_clean_up_on_term) {
  auto session = start(
      plan("trap 'echo cleaned >$DIR/log; exit' TERM; echo >$DIR/up; while :; do sleep 0.01; done",
           "cat $DIR/log"));
  session.expect<armed>();
  await_content("up");
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(content("log"), "cleaned\n");
}

TEST_P(session_thaw, nothing_is_frozen_after_the_not_after_time) {
  auto late = plan("echo froze >$DIR/log", "echo thawed >$DIR/log");
  late.not_after = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  auto session = start(late);
  EXPECT_EQ(session.expect<refused>().why, "late");
  EXPECT_TRUE(session.nothing_more_said());
  EXPECT_NE(session.exit_code(), 0);
  EXPECT_EQ(content("log"), "");
  expect_nothing_left();
}

TEST_P(session_thaw, failed_pre_hook_is_followed_by_the_post_hook) {
  auto session = start(plan("exit 3", "echo thawed >$DIR/log"));
  session.expect<armed>();
  EXPECT_EQ(session.expect<pre_ended>().exit_code, 3);
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::pre_failed);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, failed_post_hook_is_reported_with_its_code) {
  auto session = start(plan("true", "echo no >&2; exit 7"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 7);
  EXPECT_NE(session.exit_code(), 0);
  EXPECT_EQ(session.error_output(), "no\n");
  expect_nothing_left();
}

TEST_P(session_thaw, post_hook_that_hangs_is_ended_at_its_limit) {
  auto limited = plan("true", "echo >$DIR/up; exec sleep 600");
  limited.post_limit = 500ms;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 124);
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, term_signal_thaws) {
  auto session = start(plan("true", "echo thawed >$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  session.terminate();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::terminated);
  EXPECT_EQ(content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, term_signal_to_every_process_of_the_session_thaws) {
  auto session = start(plan("true", "echo thawed >$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  kill(-session.pid(), SIGTERM);
  auto last = session.expect<thawed>();
  // The timer's sleep is one of the processes.
  EXPECT_TRUE(last.cause == thaw_cause::terminated || last.cause == thaw_cause::timer);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "thawed\n");
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, killed_main_part_is_replaced_by_its_guard) {
  auto session = start(plan("true", "echo thawed >>$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  for (auto main : children_of(session.pid()))
    kill(main, SIGKILL);
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::session_killed);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  session.close_input();
  EXPECT_TRUE(eventually([] {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return children_of(getpid()).empty();
  }));
}

TEST_P(session_thaw, nobody_reading_does_not_keep_the_post_hook_from_running) {
  auto session = start(plan("true", "echo noise; echo noise >&2; echo thawed >$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  session.close_outputs();
  session.close_input();
  EXPECT_EQ(await_content("log"), "thawed\n");
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, full_pipe_does_not_keep_the_post_hook_from_running) {
  auto noise = std::string{"head -c 300000 /dev/zero"};
  auto session = start(plan("true; " + noise, noise + "; echo thawed >$DIR/log"));
  session.expect<armed>();
  session.close_input();
  EXPECT_EQ(await_content("log"), "thawed\n");
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, unknown_input_is_ignored_while_frozen) {
  auto session = start(plan("true", "true"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write("thaw it\n\n@freeze thawed\n thaw\nthaw \n$(exit)\n`kill $$`\n");
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::line);
  EXPECT_EQ(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_thaw, unfinished_thaw_line_is_the_end_of_input) {
  auto session = start(plan("true", "true"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write("thaw");
  session.close_input();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::end_of_input);
}

TEST_P(session_thaw, unfinished_program_is_not_run) {
  auto session = start_silent();
  auto input = session_input(plan("echo froze >$DIR/log", "true"));
  session.write(std::string_view{input}.substr(0, input.find("#END") - 1));
  session.close_input();
  EXPECT_NE(session.exit_code(), 0);
  EXPECT_TRUE(session.nothing_more_said());
  expect_nothing_left();
}

TEST_P(session_thaw, unfinished_plan_is_refused) {
  auto input = session_input(plan("echo froze >$DIR/log", "true"));
  auto plan_start = input.find("#END") + 5;
  for (auto end = plan_start; end < input.size(); end += 7) {
    auto session = start_silent();
    session.write(std::string_view{input}.substr(0, end));
    session.close_input();
    EXPECT_EQ(session.expect<refused>().why, "protocol end of input");
    EXPECT_NE(session.exit_code(), 0);
  }
  EXPECT_EQ(content("log"), "");
  expect_nothing_left();
}

TEST_P(session_thaw, plan_that_makes_no_sense_is_refused) {
  auto input = session_input(plan("echo froze >$DIR/log", "true"));
  auto program = input.substr(0, input.find("#END") + 5);
  for (auto header : {"frobnicate 1\n", "mode shell\ngo\n", "max-freeze 1.2.3\n", "max-freeze x\n",
                      "max-freeze \n", "pre -1\n", "pre x\n", "mode both\n", "go\n"}) {
    auto session = start_silent();
    session.write(program + header);
    session.expect<refused>();
    EXPECT_NE(session.exit_code(), 0) << header;
    session.close_input();
  }
  EXPECT_EQ(content("log"), "");
  expect_nothing_left();
}

TEST_P(session_thaw, sleep_without_fractions_is_enough) {
  write_program("sleep", "#!/bin/sh\ncase $1 in *.*) exit 1 ;; esac\nexec /bin/sleep \"$@\"\n");
  environment_["PATH"] = file("").string() + ':' + environment_["PATH"];
  auto limited = plan("trap '' TERM; while :; do /bin/sleep 600; done", "echo thawed >$DIR/log");
  limited.max_freeze = 600ms;
  auto session = start(limited);
  session.expect<armed>();
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::timer);
  EXPECT_GE(last.after_go, 990ms);
  EXPECT_EQ(content("log"), "thawed\n");
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_thaw, image_without_sleep_or_date_is_refused_before_anything_freezes) {
  for (std::string missing : {"sleep", "date"}) {
    auto tools = file(missing + "-less");
    std::filesystem::create_directory(tools);
    for (std::string tool : {"dash", "busybox", "bash", "sleep", "date"})
      if (tool != missing)
        std::filesystem::create_symlink("/bin/" + tool, tools / tool);
    environment_["PATH"] = tools;
    auto session = start(plan("echo froze >$DIR/log", "true"));
    EXPECT_NE(session.expect<refused>().why.find(missing), std::string::npos);
    EXPECT_NE(session.exit_code(), 0);
  }
  EXPECT_EQ(content("log"), "");
  expect_nothing_left();
}

} // namespace
} // namespace session_tests
