#include "tests/sessions/shell_session.hpp"

#include <csignal>

namespace session_tests {
namespace {

/// Stands for a database's client: echoes `say TEXT`, writes `lock` and `unlock` to a file, exits 9
/// on a statement that it does not know, like mysql in batch mode.
constexpr auto database_client = R"(
echo $$ >$DIR/client
while read -r verb text; do
  case $verb in
  say) echo "$text" ;;
  lock | unlock) echo "$verb" >>$DIR/log ;;
  hang) exec sleep 600 ;;
  quit) exit $text ;;
  *) echo "unknown statement" >&2; exit 9 ;;
  esac
done
echo "bye")";

class session_client : public shell_session {
protected:
  pid_t client() { return static_cast<pid_t>(std::stoi(await_content("client"))); }
};
INSTANTIATE_TEST_SUITE_P(shells, session_client, all_shells(), shell_name);

TEST_P(session_client, is_frozen_when_the_ready_line_is_read_and_thaws_with_the_post_lines) {
  auto session
      = start(client_plan(database_client, "say NOT READY\nlock\nsay READY", "say READY\nunlock"));
  session.expect<armed>();
  session.expect<frozen>();
  EXPECT_EQ(content("log"), "lock\n");
  EXPECT_TRUE(is_alive(client()));
  session.write(thaw_line);
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::line);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "lock\nunlock\n");
  EXPECT_EQ(session.exit_code(), 0);
  EXPECT_EQ(session.error_output(), "NOT READY\nREADY\nbye\n");
  expect_nothing_left();
}

TEST_P(session_client, end_of_input_thaws_with_the_post_lines) {
  auto session = start(client_plan(database_client, "lock\nsay READY", "unlock"));
  session.expect<armed>();
  session.expect<frozen>();
  session.close_input();
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::end_of_input);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "lock\nunlock\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, timer_thaws_with_the_post_lines) {
  auto limited = client_plan(database_client, "lock\nsay READY", "unlock");
  limited.max_freeze = 300ms;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::timer);
  EXPECT_EQ(content("log"), "lock\nunlock\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, exit_code_of_the_client_is_that_of_the_post_hook) {
  auto session = start(client_plan(database_client, "say READY", "unlock\nquit 5"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 5);
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_client, client_that_quits_before_it_is_ready_is_reported) {
  auto session = start(client_plan(database_client, "lokc\nsay READY", "unlock"));
  session.expect<armed>();
  EXPECT_EQ(session.expect<client_lost>().exit_code, 9);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::pre_failed);
  EXPECT_NE(session.exit_code(), 0);
  EXPECT_EQ(session.error_output(), "unknown statement\n");
  expect_nothing_left();
}

TEST_P(session_client, client_that_cannot_be_started_is_reported) {
  auto session = start(client_plan("/no/such/client --batch", "lock", "unlock"));
  session.expect<armed>();
  EXPECT_EQ(session.expect<client_lost>().exit_code, 127);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::pre_failed);
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, client_killed_while_frozen_is_reported_at_once) {
  auto session = start(client_plan(database_client, "lock\nsay READY", "unlock"));
  session.expect<armed>();
  session.expect<frozen>();
  kill(client(), SIGKILL);
  EXPECT_EQ(session.expect<client_lost>().exit_code, 137);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::client_lost);
  EXPECT_NE(session.exit_code(), 0);
  expect_nothing_left();
}

TEST_P(session_client, thaw_line_ends_a_client_that_is_not_ready_yet) {
  auto session = start(client_plan(database_client, "hang\nlock\nsay READY", "unlock"));
  session.expect<armed>();
  auto waiting = client();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::line);
  EXPECT_FALSE(is_alive(waiting));
  EXPECT_EQ(content("log"), "");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, timer_kills_a_client_that_ignores_term_before_it_is_ready) {
  auto limited = client_plan("trap '' TERM; echo $$ >$DIR/client; while :; do sleep 600; done",
                             "lock\nsay READY", "unlock");
  limited.max_freeze = 300ms;
  auto session = start(limited);
  session.expect<armed>();
  auto stubborn = client();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::timer);
  EXPECT_FALSE(is_alive(stubborn));
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_client, timer_kills_a_frozen_client_that_does_not_answer_any_more) {
  auto limited
      = client_plan("trap '' TERM; echo $$ >$DIR/client; echo READY; while :; do sleep 600; done",
                    "lock", "unlock");
  limited.max_freeze = 300ms;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  auto stubborn = client();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::timer);
  EXPECT_FALSE(is_alive(stubborn));
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_client, client_that_does_not_end_after_the_post_lines_is_ended_at_the_limit) {
  auto limited = client_plan(database_client, "lock\nsay READY", "unlock\nhang");
  limited.post_limit = 500ms;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 124);
  EXPECT_EQ(content("log"), "lock\nunlock\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, after_the_end_of_input_the_timer_still_ends_a_client_that_hangs) {
  auto limited = client_plan(database_client, "lock\nsay READY", "hang");
  limited.max_freeze = 1s;
  auto session = start(limited);
  session.expect<armed>();
  session.expect<frozen>();
  session.close_input();
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::end_of_input);
  EXPECT_FALSE(is_alive(client()));
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, client_that_reads_nothing_does_not_stop_the_thaw) {
  auto session
      = start(client_plan("echo >$DIR/up; exec sleep 600", std::string(65000, 'x'), "unlock"));
  session.expect<armed>();
  await_content("up");
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::line);
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, much_output_before_and_after_the_ready_line_arrives) {
  auto session = start(client_plan("i=0; while [ $i -lt 1000 ]; do echo before; i=$((i+1)); done; "
                                   "echo READY; cat; printf unfinished",
                                   "a\nb", "c"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  std::string expected;
  for (int i = 0; i < 1000; ++i)
    expected += "before\n";
  EXPECT_EQ(session.error_output(), expected + "a\nb\nc\nunfinished\n");
  expect_nothing_left();
}

TEST_P(session_client, says_what_nobody_hears_any_more_and_gets_its_last_lines_all_the_same) {
  auto session = start(client_plan("echo READY; while read -r line; do eval \"$line\"; done", "",
                                   "echo one\necho two\necho three >$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  session.close_outputs();
  session.close_input();
  EXPECT_EQ(await_content("log"), "three\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, term_signal_thaws_with_the_post_lines) {
  auto session = start(client_plan(database_client, "lock\nsay READY", "unlock"));
  session.expect<armed>();
  session.expect<frozen>();
  session.terminate();
  auto last = session.expect<thawed>();
  EXPECT_EQ(last.cause, thaw_cause::terminated);
  EXPECT_EQ(last.post_exit, 0);
  EXPECT_EQ(content("log"), "lock\nunlock\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, lines_reach_the_client_exactly) {
  std::string odd = "  two blanks\t\n\n-n\n\\n \\\\ $HOME `id` $(id) 'x' \"y\"\n#END\nthaw\n "
                    "\xc3\xa4\xe2\x82\xac\n";
  auto session = start(client_plan("echo READY; cat >$DIR/log", odd, "end"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(content("log"), odd + "\nend\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(session_client, last_lines_come_after_the_first_ones_though_those_were_not_read_before) {
  const std::string much(200'000, 'x');
  auto session = start(client_plan(
      "echo READY; until [ -e $DIR/go ]; do sleep 0.01; done; cat >$DIR/log", much, "end"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  write_program("go", "");
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(content("log"), much + "\nend\n");
  session.exit_code();
  expect_nothing_left();
}

} // namespace
} // namespace session_tests
