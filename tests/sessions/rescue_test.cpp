#include "tests/sessions/shell_session.hpp"

#include <csignal>

namespace session_tests {
namespace {

class rescue : public shell_session {
protected:
  /// Told to thaw as soon as it is there.
  running_shell start_told(const rescue_plan& plan, int attempt = 1) {
    return run(rescue_command(session_id(uid(), attempt, 0)),
               rescue_input(plan) + std::string{thaw_line});
  }
  static int found_by(running_shell& rescuer) {
    rescuer.expect<rescue_here>();
    return rescuer.expect<rescue_found>().processes;
  }

  /// Parents first; not `spared` and what is below it.
  static std::vector<pid_t> tree_without(pid_t root, pid_t spared) {
    std::vector<pid_t> tree{root};
    for (std::size_t i = 0; i < tree.size(); ++i)
      for (auto child : children_of(tree[i]))
        if (child != spared)
          tree.push_back(child);
    return tree;
  }

  rescue_plan post_hook(std::string text) const {
    rescue_plan plan;
    plan.post = std::move(text);
    plan.post_limit = 10min;
    return plan;
  }
};
INSTANTIATE_TEST_SUITE_P(shells, rescue, all_shells(), shell_name);

TEST_P(rescue, runs_the_post_hook_if_the_session_is_gone) {
  auto rescuer = start_told(post_hook("echo thawed >>$DIR/log"));
  EXPECT_EQ(found_by(rescuer), 0);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  EXPECT_EQ(rescuer.exit_code(), 0);
  EXPECT_EQ(content("log"), "thawed\n");
  expect_nothing_left();
}

TEST_P(rescue, asks_a_living_session_to_thaw_and_runs_the_post_hook_again) {
  auto session = start(plan("true", "echo session >>$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  auto rescuer = start_told(post_hook("echo rescue >>$DIR/log"));
  EXPECT_GT(found_by(rescuer), 0);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::terminated);
  EXPECT_EQ(content("log"), "session\nrescue\n");
  EXPECT_EQ(rescuer.exit_code(), 0);
  session.exit_code();
  expect_nothing_left();
}

TEST_P(rescue, hits_only_the_session_of_its_id) {
  auto hit = start(plan("true", "echo hit >>$DIR/log"), 1);
  auto longer = start(plan("true", "echo longer >>$DIR/log"), 11);
  auto other = run(session_command("x" + session_id(uid(), 1, 0)),
                   session_input(plan("true", "echo other >>$DIR/log")));
  for (auto session : {&hit, &longer, &other}) {
    session->expect<armed>();
    session->expect<frozen>();
  }
  auto rescuer = start_told(post_hook("true"), 1);
  found_by(rescuer);
  rescuer.expect<rescue_thawed>();
  EXPECT_EQ(hit.expect<thawed>().cause, thaw_cause::terminated);
  EXPECT_EQ(content("log"), "hit\n");
  for (auto session : {&longer, &other}) {
    session->write(thaw_line);
    EXPECT_EQ(session->expect<thawed>().cause, thaw_cause::line);
    EXPECT_EQ(session->exit_code(), 0);
  }
}

TEST_P(rescue, kills_a_session_that_does_not_move_and_its_background_children) {
  auto session = start(plan("sleep 600 & true", "echo session >>$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  kill(-session.pid(), SIGSTOP);
  auto plan = post_hook("echo rescue >>$DIR/log");
  plan.patience = 1s;
  auto rescuer = start_told(plan);
  EXPECT_GT(found_by(rescuer), 0);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  EXPECT_EQ(content("log"), "rescue\n");
  EXPECT_EQ(session.exit_code(), 137);
  rescuer.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, ends_the_pre_hook_of_a_session_whose_program_was_killed) {
  auto session = start(plan("echo $$ >$DIR/pid; sleep 600; echo late >>$DIR/log", "true"));
  session.expect<armed>();
  auto hook = static_cast<pid_t>(std::stoi(await_content("pid")));
  for (auto main : children_of(session.pid())) {
    kill(session.pid(), SIGKILL);
    kill(main, SIGKILL);
  }
  EXPECT_EQ(session.exit_code(), 137);
  EXPECT_TRUE(is_alive(hook));
  auto rescuer = start_told(post_hook("echo rescue >>$DIR/log"));
  EXPECT_GT(found_by(rescuer), 0);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  EXPECT_FALSE(is_alive(hook));
  EXPECT_EQ(content("log"), "rescue\n");
  rescuer.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, ends_what_a_pre_hook_has_started_though_nothing_but_the_hook_is_left) {
  auto session = start(
      plan("echo $$ >$DIR/hook; sh -c 'echo $$ >$DIR/child; sleep 600; :'; echo late >>$DIR/log",
           "true"));
  session.expect<armed>();
  const auto hook = static_cast<pid_t>(std::stoi(await_content("hook")));
  const auto child = static_cast<pid_t>(std::stoi(await_content("child")));
  for (auto process : tree_without(session.pid(), hook))
    kill(process, SIGKILL);
  EXPECT_EQ(session.exit_code(), 137);
  EXPECT_TRUE(is_alive(child));
  auto rescuer = start_told(post_hook("echo rescue >>$DIR/log"));
  EXPECT_EQ(found_by(rescuer), 1);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  EXPECT_FALSE(is_alive(hook));
  EXPECT_FALSE(is_alive(child));
  EXPECT_EQ(content("log"), "rescue\n");
  rescuer.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, ends_the_client_and_runs_nothing) {
  auto session = start(
      client_plan("echo READY; read -r line; echo \"$line\" >$DIR/log; exec sleep 600", "", ""));
  session.expect<armed>();
  session.expect<frozen>();
  rescue_plan plan;
  plan.mode = session_mode::client;
  plan.patience = 1s;
  auto rescuer = start_told(plan);
  EXPECT_GT(found_by(rescuer), 0);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 0);
  session.exit_code();
  rescuer.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, reports_a_failed_post_hook) {
  auto rescuer = start_told(post_hook("exit 4"));
  found_by(rescuer);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 4);
  EXPECT_NE(rescuer.exit_code(), 0);
}

TEST_P(rescue, ends_a_post_hook_at_its_limit) {
  auto plan = post_hook("exec sleep 600");
  plan.post_limit = 300ms;
  auto rescuer = start_told(plan);
  found_by(rescuer);
  EXPECT_EQ(rescuer.expect<rescue_thawed>().post_exit, 124);
  rescuer.exit_code();
  expect_nothing_left();
}

TEST_P(rescue, does_nothing_before_it_is_told_to) {
  auto session = start(plan("true", "echo session >>$DIR/log"));
  session.expect<armed>();
  session.expect<frozen>();
  auto rescuer = start_rescue(post_hook("echo rescue >>$DIR/log"));
  rescuer.expect<rescue_here>();
  rescuer.close_input();
  EXPECT_EQ(rescuer.expect<refused>().why, "nobody waits");
  EXPECT_EQ(rescuer.exit_code(), 1);
  EXPECT_EQ(content("log"), "");
  session.write(thaw_line);
  EXPECT_EQ(session.expect<thawed>().cause, thaw_cause::line);
  EXPECT_EQ(content("log"), "session\n");
  session.exit_code();
  expect_nothing_left();
}

TEST_P(rescue, ends_one_that_still_waits) {
  auto first = start_rescue(post_hook("echo first >>$DIR/log"));
  first.expect<rescue_here>();
  auto second = start_told(post_hook("echo second >>$DIR/log"));
  EXPECT_EQ(found_by(second), 0) << "it is no session";
  EXPECT_EQ(second.expect<rescue_thawed>().post_exit, 0);
  EXPECT_EQ(first.exit_code(), 137);
  EXPECT_EQ(content("log"), "second\n");
  second.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, ends_one_that_is_at_its_post_hook_and_that_too) {
  auto first = start_told(post_hook("echo $$ >$DIR/pid; sleep 600; echo late >>$DIR/log"));
  const auto hook = static_cast<pid_t>(std::stoi(await_content("pid")));
  auto second = start_told(post_hook("echo second >>$DIR/log"));
  found_by(second);
  EXPECT_EQ(second.expect<rescue_thawed>().post_exit, 0);
  EXPECT_FALSE(is_alive(hook));
  EXPECT_EQ(first.exit_code(), 137);
  EXPECT_EQ(content("log"), "second\n");
  second.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, ends_what_the_post_hook_of_another_has_left_without_a_parent) {
  auto first = start_told(post_hook("(sleep 600 & echo $! >$DIR/pid); sleep 600"));
  const auto orphan = static_cast<pid_t>(std::stoi(await_content("pid")));
  auto second = start_told(post_hook("true"));
  found_by(second);
  EXPECT_EQ(second.expect<rescue_thawed>().post_exit, 0);
  EXPECT_FALSE(is_alive(orphan));
  first.exit_code();
  second.exit_code();
  expect_nothing_alive();
}

TEST_P(rescue, leaves_those_of_other_sessions_alone) {
  auto other = start_rescue(post_hook("echo other >>$DIR/log"), 11);
  other.expect<rescue_here>();
  auto rescuer = start_told(post_hook("echo rescue >>$DIR/log"), 1);
  found_by(rescuer);
  rescuer.expect<rescue_thawed>();
  other.write(thaw_line);
  other.expect<rescue_found>();
  EXPECT_EQ(other.expect<rescue_thawed>().post_exit, 0);
  EXPECT_EQ(content("log"), "rescue\nother\n");
}

TEST_P(rescue, goes_on_when_nobody_listens_any_more) {
  auto rescuer = start_rescue(post_hook("echo thawed >$DIR/log"));
  rescuer.expect<rescue_here>();
  rescuer.write(thaw_line);
  rescuer.close_input();
  rescuer.close_outputs();
  EXPECT_EQ(await_content("log"), "thawed\n");
  rescuer.exit_code();
  expect_nothing_left();
}

} // namespace
} // namespace session_tests
