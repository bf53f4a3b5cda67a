#include "actors/freeze_session/session_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freeze_session {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

const session_plan shell_plan{.not_after = std::chrono::sys_seconds{1'800'000'000s},
                              .max_freeze = 60s,
                              .post_limit = 1500ms,
                              .client = "",
                              .ready = "",
                              .pre = "lock\n\n",
                              .post = "unlock"};

TEST(session_script, plan_follows_the_program_in_the_order_of_the_protocol) {
  EXPECT_THAT(session_input(shell_plan), EndsWith("#END\n"
                                                  "not-after 1800000000\n"
                                                  "max-freeze 60\n"
                                                  "post-limit 1.5\n"
                                                  "mode shell\n"
                                                  "pre 3\nlock\n\n\n"
                                                  "post 1\nunlock\n"
                                                  "go\n"));
}

TEST(session_script, client_plan_names_the_client_and_its_ready_line) {
  auto plan = shell_plan;
  plan.mode = session_mode::client;
  plan.client = "mysql -N";
  plan.ready = "READY";
  EXPECT_THAT(session_input(plan),
              HasSubstr("mode client\nready READY\nclient 1\nmysql -N\npre 3\n"));
}

TEST(session_script, seconds_are_written_without_needless_digits) {
  auto plan = shell_plan;
  for (auto [span, text] :
       {std::pair{1ms, "0.001"}, {50ms, "0.05"}, {500ms, "0.5"}, {1s, "1"}, {90'010ms, "90.01"}}) {
    plan.max_freeze = span;
    EXPECT_THAT(session_input(plan), HasSubstr(std::string{"\nmax-freeze "} + text + "\n"));
  }
}

TEST(session_script, command_has_the_id_as_its_last_argument_and_no_hook_text) {
  auto command = session_command(session_id("6f1c-22", 3, 0));
  EXPECT_EQ(command.front(), "/bin/sh");
  EXPECT_EQ(command.at(3), "backup-freeze-session");
  EXPECT_EQ(command.back(), "6f1c-22.3.0");
  std::size_t size = 0;
  for (auto& word : command)
    size += word.size();
  EXPECT_LT(size, 250u) << "it stands in the URL";
}

TEST(session_script, rescue_of_a_client_brings_no_hook) {
  EXPECT_THAT(rescue_input({.mode = session_mode::client, .post = "unlock"}),
              EndsWith("#END\npost-limit 30\npatience 5\nmode client\ngo\n"));
  EXPECT_THAT(rescue_input({.post = "unlock"}), EndsWith("mode shell\npost 1\nunlock\ngo\n"));
}

TEST(session_script, programs_have_lost_their_comments_but_no_line_of_code) {
  auto input = session_input(shell_plan);
  auto program = input.substr(0, input.find("#END"));
  // A bare `#` ends each piece that the loader evaluates.
  EXPECT_EQ(program.find("\n# "), std::string::npos);
  EXPECT_THAT(program, HasSubstr("\n}\n#\n"));
  EXPECT_EQ(program.find("\n "), std::string::npos);
  EXPECT_EQ(program.find("\n\n"), std::string::npos);
  EXPECT_THAT(program, HasSubstr("fz_nl='\n'\n"));
  EXPECT_THAT(program, EndsWith("exit \"$fz_status\"\n"));
}

} // namespace
} // namespace freeze_session
