#include "actors/direct_hook_executor.hpp"
#include "tests/support/executor_fixture.hpp"

namespace {

using namespace actors;
using support::scripted_exec;
using namespace std::chrono_literals;

struct direct_hooks : support::executor_fixture {
  using words = std::vector<std::string>;

  direct_hooks() { start(); }

  void start() {
    auto session = session_of_pod();
    session.has_shell = false;
    session.pre_arguments = {"/freeze", "now"};
    session.post_arguments = {"/thaw"};
    executor = track(system.spawn(direct_hook_executor, context, parent, session));
  }

  void exec_exits(int code, std::size_t number) { session_ends(k8s::exec_exited{code}, number); }
};

TEST_F(direct_hooks, run_as_they_stand_one_exec_for_each) {
  freeze();
  ASSERT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(session(0).request.command, (words{"/freeze", "now"}));
  EXPECT_FALSE(session(0).request.with_stdin);
  EXPECT_TRUE(heard.frozen.empty()) << "only its exit says so";
  exec_exits(0, 0);
  EXPECT_EQ(heard.frozen.size(), 1U);
  thaw();
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_EQ(session(1).request.command, words{"/thaw"});
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::thawed);
}

TEST_F(direct_hooks, that_come_too_late_do_not_run) {
  caf::anon_send(executor, freeze_pod{noon});
  run();
  EXPECT_TRUE(exec->sessions.empty());
  EXPECT_EQ(last_word().how, release::never_frozen);
}

TEST_F(direct_hooks, a_failed_pre_hook_is_undone) {
  freeze();
  exec_exits(4, 0);
  ASSERT_EQ(exec->sessions.size(), 2U);
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::pre_hook_failed);
  EXPECT_EQ(last_word().pre_exit, 4);
}

TEST_F(direct_hooks, an_exec_that_is_refused_has_frozen_nothing) {
  freeze();
  session_ends(scripted_exec::refused(k8s::errc::forbidden, "no"));
  EXPECT_EQ(last_word().how, release::never_frozen);
  EXPECT_EQ(exec->sessions.size(), 1U);
}

TEST_F(direct_hooks, a_pre_hook_that_was_lost_is_undone_and_proves_nothing) {
  freeze();
  session_ends(scripted_exec::lost());
  EXPECT_EQ(heard.lost.size(), 1U);
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(direct_hooks, a_thaw_waits_for_the_pre_hook_that_still_runs) {
  freeze();
  thaw();
  EXPECT_EQ(exec->sessions.size(), 1U);
  exec_exits(0, 0);
  ASSERT_EQ(exec->sessions.size(), 2U);
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::thawed);
}

TEST_F(direct_hooks, but_not_for_ever_and_says_that_it_may_freeze_later) {
  freeze();
  thaw();
  advance(30s);
  ASSERT_EQ(exec->sessions.size(), 2U);
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::unconfirmed);
}

TEST_F(direct_hooks, a_thaw_that_was_lost_is_repeated) {
  freeze();
  exec_exits(0, 0);
  thaw();
  session_ends(scripted_exec::lost(), 1);
  advance(500ms);
  ASSERT_EQ(exec->sessions.size(), 3U);
  exec_exits(0, 2);
  EXPECT_EQ(last_word().how, release::rescued) << "nobody knows when it was thawed";
}

TEST_F(direct_hooks, a_thaw_that_is_never_confirmed_is_given_up) {
  freeze();
  exec_exits(0, 0);
  thaw();
  for (std::size_t i = 1; heard.released.empty() && i < 1000; ++i) {
    session_ends(scripted_exec::lost(), i);
    advance(500ms);
  }
  EXPECT_EQ(last_word().how, release::unconfirmed);
}

TEST_F(direct_hooks, a_failed_post_hook_is_told) {
  freeze();
  exec_exits(0, 0);
  thaw();
  exec_exits(9, 1);
  EXPECT_EQ(last_word().how, release::post_hook_failed);
  EXPECT_EQ(last_word().post_exit, 9);
}

TEST_F(direct_hooks, the_rescue_of_another_operators_freeze_runs_the_post_hook) {
  caf::anon_send(executor, rescue_pod{});
  run();
  ASSERT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(session(0).request.command, words{"/thaw"});
  exec_exits(0, 0);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(direct_hooks, a_container_that_is_gone_needs_no_rescue) {
  caf::anon_send(executor, rescue_pod{});
  run();
  session_ends(scripted_exec::refused(k8s::errc::not_found, "pods \"mysql-0\" not found"));
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(direct_hooks, do_not_run_in_a_replica_that_may_not_act) {
  bool may_act = true;
  context.may_act = [&may_act] { return may_act; };
  start();
  freeze();
  exec_exits(0, 0);
  may_act = false;
  thaw();
  advance(2s);
  EXPECT_EQ(exec->sessions.size(), 1U);
  EXPECT_TRUE(heard.released.empty());
  may_act = true;
  advance(1s);
  ASSERT_EQ(exec->sessions.size(), 2U);
  exec_exits(0, 1);
  EXPECT_EQ(last_word().how, release::thawed);
}

} // namespace
