#include "tests/sessions/shell_session.hpp"

namespace session_tests {
namespace {

class session_hook : public shell_session {
protected:
  /// Runs a pre-hook that writes `text` to a file, byte by byte as it stands in the hook.
  void expect_unchanged(const std::string& text) {
    auto session = start(plan("cat >$DIR/text <<'END OF TEXT'\n" + text + "\nEND OF TEXT", "true"));
    session.expect<armed>();
    session.expect<frozen>();
    EXPECT_EQ(content("text"), text + "\n");
    session.write(thaw_line);
    EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  }
};
INSTANTIATE_TEST_SUITE_P(shells, session_hook, all_shells(), shell_name);

TEST_P(session_hook, text_reaches_the_shell_exactly) {
  expect_unchanged("  leading, trailing  \t");
  expect_unchanged("-n\n-e \\t\n--");
  expect_unchanged("\\ \\\\ \\n \\0 % %s %d");
  expect_unchanged("'single' \"double\" `id` $(id) ${HOME} $$ $1 !");
  expect_unchanged("\n\n  \n\nempty lines\n\n");
  expect_unchanged("#END\n# comment\ngo\nthaw\nnot-after 1\npre 3\n@freeze frozen 1");
  expect_unchanged("* ? [a-z] ~ {a,b} < > | & ; ( )");
  expect_unchanged("carriage\r\nreturn\r");
  expect_unchanged(std::string{"\x01\x02\x03\x07\x08\x0b\x0c\x1b\x7f"});
}

TEST_P(session_hook, every_two_byte_character_reaches_the_shell_exactly) {
  std::string all;
  for (int first = 0xC2; first <= 0xDF; ++first)
    for (int second = 0x80; second <= 0xBF; ++second)
      (all += static_cast<char>(first)) += static_cast<char>(second);
  expect_unchanged(all);
  expect_unchanged("\xe2\x82\xac \xf0\x9f\x92\xbe \xef\xbf\xbd \xef\xbb\xbf");
}

TEST_P(session_hook, text_of_64_KiB_reaches_the_shell) {
  std::string text;
  while (text.size() < 60'000)
    text += "echo 'line " + std::to_string(text.size()) + "'\n";
  expect_unchanged(text);
}

TEST_P(session_hook, environment_of_the_container_expands) {
  environment_["GREETING"] = "hello  world";
  environment_["fz"] = "mine";
  environment_["p"] = "p of the container";
  environment_["l"] = "l of the container";
  auto session = start(plan("echo \"$GREETING,$fz,$p,$l\" >$DIR/log", "true"));
  session.expect<armed>();
  session.expect<frozen>();
  EXPECT_EQ(content("log"), "hello  world,mine,p of the container,l of the container\n");
}

TEST_P(session_hook, post_hook_may_ask_how_the_pre_hook_ended) {
  const std::string ask = "echo ${BACKUP_PRE_HOOK_EXIT-unknown} >$DIR/how";
  auto failed = start(plan("exit 75", ask));
  failed.expect<armed>();
  failed.expect<pre_ended>();
  failed.expect<thawed>();
  EXPECT_EQ(content("how"), "75\n");
  failed.exit_code();

  auto too_long = plan("sleep 600", ask);
  too_long.max_freeze = 100ms;
  auto ended = start(too_long, 2);
  ended.expect<armed>();
  ended.expect<thawed>();
  EXPECT_EQ(content("how"), "unknown\n");
  ended.exit_code();
}

TEST_P(session_hook, reading_standard_input_sees_its_end_and_takes_nothing_from_the_session) {
  auto session = start(plan("cat; read -r line; test -z \"$line\"", "cat"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(session.exit_code(), 0);
}

TEST_P(session_hook, has_the_three_standard_streams_and_no_other) {
  auto session
      = start(plan("for fd in 3 4 5 6 7 8 9; do test ! -e /proc/$$/fd/$fd || exit $fd; done",
                   "exec 0<&- 1>&- 2>&-; true"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
}

TEST_P(session_hook, may_say_what_looks_like_the_protocol) {
  auto session = start(
      plan("echo '@freeze frozen 1'; echo '@freeze thawed line post 0 1' >&2; exit 1", "true"));
  session.expect<armed>();
  EXPECT_EQ(session.expect<pre_ended>().exit_code, 1);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::pre_failed);
  EXPECT_EQ(session.error_output(), "@freeze frozen 1\n@freeze thawed line post 0 1\n");
}

TEST_P(session_hook, output_of_1_MiB_arrives) {
  auto session = start(plan("head -c 1048576 /dev/zero", "head -c 1048576 /dev/zero >&2"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(session.error_output().size(), 2u * 1048576);
  expect_nothing_left();
}

TEST_P(session_hook,
       background_child_of_the_pre_hook_is_alive_while_frozen_and_ended_after_the_post_hook) {
  auto session
      = start(plan("sleep 600 >/dev/null 2>&1 & echo $! >$DIR/pid", "kill -0 $(cat $DIR/pid)"));
  session.expect<armed>();
  session.expect<frozen>();
  auto holder = static_cast<pid_t>(std::stoi(content("pid")));
  EXPECT_TRUE(is_alive(holder));
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_FALSE(is_alive(holder));
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_hook, background_child_of_a_failed_pre_hook_is_ended_before_the_post_hook) {
  // The test adopts the dead child, so its entry is still there; a zombie has no command line.
  auto session = start(plan("sleep 600 >/dev/null 2>&1 & echo $! >$DIR/pid; exit 1",
                            "test -z \"$(tr -d '\\0' </proc/$(cat $DIR/pid)/cmdline)\""));
  session.expect<armed>();
  session.expect<pre_ended>();
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  session.exit_code();
  expect_nothing_alive();
}

TEST_P(session_hook, service_started_by_the_post_hook_stays) {
  auto session = start(plan("true", "sleep 600 >/dev/null 2>&1 & echo $! >$DIR/pid"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  EXPECT_EQ(session.exit_code(), 0);
  end_adopted(static_cast<pid_t>(std::stoi(content("pid"))));
}

TEST_P(session_hook, daemon_started_by_the_pre_hook_stays) {
  auto session = start(plan("setsid sh -c 'echo $$ >$DIR/pid; exec sleep 600' >/dev/null 2>&1 &"
                            "while ! test -s $DIR/pid; do sleep 0.01; done",
                            "true"));
  session.expect<armed>();
  session.expect<frozen>();
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().post_exit, 0);
  session.exit_code();
  end_adopted(static_cast<pid_t>(std::stoi(content("pid"))));
}

} // namespace
} // namespace session_tests
