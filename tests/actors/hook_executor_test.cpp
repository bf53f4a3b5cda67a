#include "actors/hook_executor.hpp"
#include "tests/support/executor_fixture.hpp"

namespace {

using namespace actors;
using support::scripted_exec;
using namespace std::chrono_literals;

struct hook_executor_test : support::executor_fixture {
  hook_executor_test() {
    context.may_act = [this] { return is_leader; };
    executor = track(system.spawn(hook_executor, context, parent, session_of_pod()));
  }

  void freeze_with(std::chrono::milliseconds max_freeze, std::chrono::milliseconds thaw_limit) {
    auto limited = session_of_pod();
    limited.plan.max_freeze = max_freeze;
    limited.thaw_limit = thaw_limit;
    executor = track(system.spawn(hook_executor, context, parent, limited));
    freeze();
  }

  void freeze_with_a_client() {
    auto with_client = session_of_pod();
    with_client.plan.mode = freeze_session::session_mode::client;
    executor = track(system.spawn(hook_executor, context, parent, with_client));
    freeze();
  }

  bool is_leader = true;
  const k8s::exec_outcome not_running
      = scripted_exec::refused(k8s::errc::unavailable, "container not found (\"main\")");
};

TEST_F(hook_executor_test, opens_one_stream_in_the_named_container_and_sends_the_hooks_over_it) {
  freeze();
  ASSERT_EQ(exec->sessions.size(), 1U);
  EXPECT_EQ(session().request.pod, (k8s::object_key{"shop", "mysql-0"}));
  EXPECT_EQ(session().request.container, "main");
  EXPECT_TRUE(session().request.with_stdin);
  EXPECT_NE(session().input.find("freeze it"), std::string::npos);
  for (const auto& word : session().request.command)
    EXPECT_EQ(word.find("freeze it"), std::string::npos) << "the URL is logged";
}

TEST_F(hook_executor_test, reports_frozen_then_thaws_down_the_same_stream) {
  freeze();
  session_says({"@freeze armed", "@freeze pre 0", "@freeze frozen 12"});
  ASSERT_EQ(heard.frozen.size(), 1U);
  EXPECT_EQ(heard.frozen[0].pod, 3U);
  EXPECT_EQ(heard.frozen[0].took, 12ms);
  thaw();
  EXPECT_TRUE(session().was_told_to_thaw());
  session_says({"@freeze thawed line post 0 40"});
  EXPECT_EQ(last_word().how, release::thawed);
  EXPECT_EQ(last_word().post_exit, 0);
  EXPECT_EQ(exec->sessions.size(), 1U) << "one exec per pod";
}

TEST_F(hook_executor_test, a_failed_pre_hook_is_told_with_its_exit_code_and_output) {
  freeze();
  session().complains("ERROR 1045: access denied");
  session_says({"@freeze armed", "@freeze pre 1", "@freeze thawed pre-failed post 0 9"});
  EXPECT_EQ(last_word().how, release::pre_hook_failed);
  EXPECT_EQ(last_word().pre_exit, 1);
  EXPECT_EQ(last_word().output, "ERROR 1045: access denied");
}

TEST_F(hook_executor_test, a_failed_post_hook_is_told) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  thaw();
  session_says({"@freeze thawed line post 7 40"});
  EXPECT_EQ(last_word().how, release::post_hook_failed);
  EXPECT_EQ(last_word().post_exit, 7);
}

TEST_F(hook_executor_test, a_session_that_thawed_by_its_timer_was_not_held) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1", "@freeze thawed timer post 0 60000"});
  EXPECT_EQ(last_word().how, release::thawed_itself);
}

TEST_F(hook_executor_test, a_late_session_froze_nothing) {
  freeze();
  session_says({"@freeze refused late"});
  EXPECT_EQ(last_word().how, release::never_frozen);
  EXPECT_NE(last_word().cause.find("clock of its node"), std::string::npos) << last_word().cause;
}

TEST_F(hook_executor_test, a_refused_exec_froze_nothing_and_needs_no_rescue) {
  freeze();
  session_ends(scripted_exec::refused(k8s::errc::forbidden, "pods is forbidden"));
  EXPECT_EQ(last_word().how, release::never_frozen);
  EXPECT_NE(last_word().cause.find("pods is forbidden"), std::string::npos);
  EXPECT_EQ(exec->sessions.size(), 1U);
}

TEST_F(hook_executor_test, an_image_without_a_shell_froze_nothing) {
  freeze();
  session_ends(k8s::exec_exited{127});
  EXPECT_EQ(last_word().how, release::never_frozen);
}

TEST_F(hook_executor_test, a_lost_stream_is_told_at_once_and_rescued_by_a_second_exec) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  EXPECT_EQ(heard.lost.size(), 1U);
  EXPECT_TRUE(heard.released.empty());
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_NE(session(1).input.find("thaw it"), std::string::npos);
  EXPECT_EQ(session(1).input.find("freeze it"), std::string::npos) << "a rescue never freezes";
  EXPECT_FALSE(session(1).input.ends_with(freeze_session::thaw_line)) << "it may come late";
  session_says({"@rescue here"}, 1);
  EXPECT_TRUE(session(1).input.ends_with(freeze_session::thaw_line));
  session_says({"@rescue found 1", "@rescue thawed post 0"}, 1);
  EXPECT_EQ(last_word().how, release::rescued);
  EXPECT_NE(last_word().cause.find("connection reset"), std::string::npos);
}

TEST_F(hook_executor_test, a_program_that_ends_without_its_last_line_is_rescued) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(k8s::exec_exited{137});
  ASSERT_EQ(exec->sessions.size(), 2U);
}

TEST_F(hook_executor_test, a_thaw_without_confirmation_is_rescued_after_its_timeout) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  thaw();
  advance(29s);
  EXPECT_EQ(exec->sessions.size(), 1U);
  advance(1s);
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_TRUE(session(0).is_abandoned);
}

TEST_F(hook_executor_test, what_an_abandoned_session_says_late_does_not_count) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  thaw();
  advance(30s);
  session_says({"@freeze thawed line post 0 40"}, 0);
  EXPECT_TRUE(heard.released.empty()) << "the rescue decides";
}

TEST_F(hook_executor_test, a_rescue_is_repeated_until_its_time_is_over) {
  freeze();
  session_ends(scripted_exec::lost());
  for (std::size_t i = 1; i <= 3; ++i) {
    ASSERT_EQ(exec->sessions.size(), i + 1);
    session_ends(scripted_exec::lost(), i);
    advance(500ms);
  }
  EXPECT_TRUE(heard.released.empty());
  advance(2min);
  session_ends(scripted_exec::lost(), exec->sessions.size() - 1);
  EXPECT_EQ(last_word().how, release::unconfirmed);
}

TEST_F(hook_executor_test,
       a_rescue_that_does_not_begin_is_given_up_for_another_after_longer_each_time) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  advance(10s);
  session_says({"@rescue here"}, 1);
  EXPECT_FALSE(session(1).input.ends_with(freeze_session::thaw_line)) << "nobody waits for it";
  advance(500ms);
  ASSERT_EQ(exec->sessions.size(), 3U);
  advance(19s);
  session_says({"@rescue here"}, 2);
  EXPECT_TRUE(session(2).input.ends_with(freeze_session::thaw_line));
  advance(30s);
  EXPECT_EQ(exec->sessions.size(), 3U) << "it has begun: its own limits count";
  session_says({"@rescue found 0", "@rescue thawed post 0"}, 2);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_rescue_has_time_to_begin_and_then_to_thaw_however_short_the_limits) {
  freeze_with(5s, 1s);
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  for (const auto patience : {10s, 20s}) {
    advance(patience);
    advance(500ms);
  }
  ASSERT_EQ(exec->sessions.size(), 4U);
  EXPECT_GE(session(3).request.deadline, 40s + 1s) << "of the exec as a whole";
  advance(39s);
  session_says({"@rescue here"}, 3);
  EXPECT_TRUE(session(3).input.ends_with(freeze_session::thaw_line));
  session_says({"@rescue found 0", "@rescue thawed post 0"}, 3);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_rescue_that_was_told_and_then_lost_late_is_followed_by_one_more) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  session_says({"@rescue here"}, 1);
  advance(5min);
  session_ends(scripted_exec::lost(), 1);
  EXPECT_TRUE(heard.released.empty()) << "its post-hook may hit the next freeze";
  advance(500ms);
  session_says({"@rescue here"}, 2);
  session_ends(scripted_exec::lost(), 2);
  EXPECT_EQ(last_word().how, release::unconfirmed) << "but there is an end";
}

TEST_F(hook_executor_test, what_a_rescue_says_after_it_was_given_up_does_not_count) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  session_says({"@rescue refused nobody waits\n@rescue here"}, 1);
  EXPECT_FALSE(session(1).input.ends_with(freeze_session::thaw_line));
  advance(500ms);
  ASSERT_EQ(exec->sessions.size(), 3U);
}

TEST_F(hook_executor_test, what_a_rescue_says_after_its_last_word_does_not_count) {
  freeze();
  session_ends(scripted_exec::lost());
  session_says({"@rescue found 0\n@rescue thawed post 0\n@rescue here"}, 1);
  EXPECT_TRUE(heard.released.empty()) << "the exec may still begin until 12:00:30";
  EXPECT_FALSE(session(1).input.ends_with(freeze_session::thaw_line));
}

TEST_F(hook_executor_test, a_rescue_is_not_told_to_thaw_by_a_replica_that_may_not_act) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  is_leader = false;
  session_says({"@rescue here"}, 1);
  EXPECT_FALSE(session(1).input.ends_with(freeze_session::thaw_line));
  is_leader = true;
  advance(500ms);
  session_says({"@rescue here"}, 2);
  EXPECT_TRUE(session(2).input.ends_with(freeze_session::thaw_line));
}

TEST_F(hook_executor_test, a_rescue_that_is_refused_has_thawed_nothing) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  session_says({"@rescue refused protocol end of input"}, 1);
  EXPECT_TRUE(heard.released.empty());
  advance(1s);
  ASSERT_EQ(exec->sessions.size(), 3U);
  session_says({"@rescue found 1", "@rescue thawed post 0"}, 2);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, an_exec_that_may_still_arrive_is_looked_for_again_when_it_is_void) {
  freeze();
  session_ends(scripted_exec::lost()); // before it was armed
  session_says({"@rescue found 0", "@rescue thawed post 0"}, 1);
  EXPECT_TRUE(heard.released.empty()) << "it may begin until 12:00:30";
  advance(29s);
  EXPECT_EQ(exec->sessions.size(), 2U);
  advance(1s);
  ASSERT_EQ(exec->sessions.size(), 3U);
  session_says({"@rescue found 1", "@rescue thawed post 0"}, 2);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_replica_that_may_not_act_opens_no_exec) {
  is_leader = false;
  freeze();
  EXPECT_TRUE(exec->sessions.empty());
  EXPECT_EQ(last_word().how, release::never_frozen);
}

TEST_F(hook_executor_test, a_container_that_is_restarted_gets_its_post_hook_when_it_runs_again) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(k8s::exec_exited{137});
  session_ends(not_running, 1);
  ASSERT_EQ(exec->sessions.size(), 2U);
  EXPECT_TRUE(heard.released.empty()) << "what the pre-hook did to a volume outlives the container";
  advance(500ms);
  ASSERT_EQ(exec->sessions.size(), 3U);
  session_says({"@rescue found 0", "@rescue thawed post 0"}, 2);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_container_that_does_not_come_back_leaves_the_thaw_unconfirmed) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(k8s::exec_exited{137});
  for (std::size_t rescue = 1; rescue < 1000 && heard.released.empty(); ++rescue) {
    session_ends(not_running, rescue);
    advance(500ms);
  }
  EXPECT_EQ(last_word().how, release::unconfirmed);
}

TEST_F(hook_executor_test, a_client_that_gives_up_before_it_is_ready_froze_nothing) {
  freeze_with_a_client();
  session_says({"@freeze armed", "@freeze lost client 1", "@freeze thawed pre-failed post 1 3210"});
  EXPECT_EQ(last_word().how, release::pre_hook_failed);
  EXPECT_EQ(last_word().cause, "the client ended with exit code 1 before it was ready");
}

TEST_F(hook_executor_test, a_client_that_held_the_lock_took_it_with_its_container) {
  freeze_with_a_client();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(k8s::exec_exited{137});
  session_ends(not_running, 1);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_pod_that_is_gone_took_its_freeze_with_it) {
  freeze();
  session_says({"@freeze armed", "@freeze frozen 1"});
  session_ends(scripted_exec::lost());
  session_ends(scripted_exec::refused(k8s::errc::not_found, "pods \"mysql-0\" not found"), 1);
  EXPECT_EQ(last_word().how, release::rescued);
}

TEST_F(hook_executor_test, a_thaw_before_the_freeze_freezes_nothing) {
  thaw();
  EXPECT_EQ(last_word().how, release::never_frozen);
  freeze();
  EXPECT_TRUE(exec->sessions.empty());
}

TEST_F(hook_executor_test, a_thaw_during_the_pre_hook_reaches_the_session) {
  freeze();
  session_says({"@freeze armed"});
  thaw();
  thaw();
  EXPECT_TRUE(session().was_told_to_thaw());
  session_says({"@freeze frozen 9"});
  EXPECT_TRUE(heard.frozen.empty()) << "it is being thawed, no one may count on it";
  session_says({"@freeze thawed line post 0 40"});
  EXPECT_EQ(last_word().how, release::thawed);
}

} // namespace
