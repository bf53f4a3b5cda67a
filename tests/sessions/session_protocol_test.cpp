#include "actors/freeze_session/session_protocol.hpp"

#include <gtest/gtest.h>

namespace freeze_session {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view transcript = "@freeze armed\n"
                                        "@freeze frozen 40\n"
                                        "@freeze thawed line post 0 1230\n";

const std::vector<session_fact> facts_of_transcript{armed{}, frozen{40ms},
                                                    thawed{thaw_cause::line, 0, 1230ms}};

TEST(session_protocol, every_line_of_the_programs_is_a_fact) {
  struct {
    std::string_view line;
    session_fact fact;
  } cases[] = {
      {"@freeze armed", armed{}},
      {"@freeze frozen 0", frozen{0ms}},
      {"@freeze refused late", refused{"late"}},
      {"@freeze refused protocol end of input", refused{"protocol end of input"}},
      {"@freeze pre 3", pre_ended{3}},
      {"@freeze lost client 137", client_lost{137}},
      {"@freeze thawed eof post 124 70", thawed{thaw_cause::end_of_input, 124, 70ms}},
      {"@freeze thawed timer post 0 60000", thawed{thaw_cause::timer, 0, 60s}},
      {"@freeze thawed pre-failed post 1 5", thawed{thaw_cause::pre_failed, 1, 5ms}},
      {"@freeze thawed lost post 137 5", thawed{thaw_cause::client_lost, 137, 5ms}},
      {"@freeze thawed term post 0 5", thawed{thaw_cause::terminated, 0, 5ms}},
      {"@freeze thawed killed post 0 5", thawed{thaw_cause::session_killed, 0, 5ms}},
      {"@rescue here", rescue_here{}},
      {"@rescue found 6", rescue_found{6}},
      {"@rescue thawed post 4", rescue_thawed{4}},
      {"@rescue refused protocol no mode", refused{"protocol no mode"}},
  };
  for (auto& [line, fact] : cases)
    EXPECT_TRUE(parse_session_line(line) == fact) << line;
}

TEST(session_protocol, other_lines_are_violations_and_prove_nothing) {
  for (std::string_view line : {"",
                                "hello",
                                "@freeze",
                                "@freeze ",
                                "@freeze  armed",
                                "@freeze armed ",
                                "@freeze frozen",
                                "@freeze frozen x",
                                "@freeze frozen 1 2",
                                "@freeze frozen -1",
                                "@freeze refused ",
                                "@freeze thawed line post 0",
                                "@freeze thawed line post  5",
                                "@freeze thawed post 0 5",
                                "@freeze thawed moon post 0 5",
                                "@freeze thawed line post 0 5 6",
                                "@freeze pre 99999999999",
                                "@rescue armed",
                                "@rescue here 1",
                                "@rescue thawed line post 0 5",
                                "@freeze found 1",
                                " @freeze armed"})
    EXPECT_TRUE(std::holds_alternative<protocol_violation>(parse_session_line(line))) << line;
}

TEST(session_protocol, chunk_borders_do_not_matter) {
  for (std::size_t size = 1; size <= transcript.size(); ++size) {
    session_parser parser;
    std::vector<session_fact> facts;
    for (std::size_t at = 0; at < transcript.size(); at += size)
      for (auto& fact : parser.feed(transcript.substr(at, size)))
        facts.push_back(fact);
    EXPECT_TRUE(facts == facts_of_transcript) << "chunks of " << size;
  }
}

TEST(session_protocol, line_without_its_end_is_no_fact_yet) {
  session_parser parser;
  EXPECT_TRUE(parser.feed("@freeze thawed line post 0 1").empty());
  EXPECT_TRUE(parser.feed("2\n") == (std::vector<session_fact>{thawed{thaw_cause::line, 0, 12ms}}));
}

TEST(session_protocol, overlong_line_is_one_violation_and_the_next_line_counts) {
  session_parser parser;
  for (int i = 0; i < 1000; ++i)
    EXPECT_TRUE(parser.feed(std::string(10'000, 'x')).empty());
  auto facts = parser.feed("\n@freeze armed\n");
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(std::get<protocol_violation>(facts[0]).line, std::string(200, 'x'));
  EXPECT_TRUE(facts[1] == session_fact{armed{}});
}

TEST(session_protocol, cut_off_fact_at_the_length_limit_is_not_taken_for_a_shorter_one) {
  session_parser parser;
  auto facts = parser.feed("@freeze refused " + std::string(5000, ' ') + "\n");
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_FALSE(std::holds_alternative<frozen>(facts[0]));
}

} // namespace
} // namespace freeze_session
