#include "k8s/exec_stream.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k8s {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

exec_message decoded(const std::string& message) {
  return exec_stream_decoder{"GET /exec"}.decode(message);
}

exec_outcome outcome_of(const std::string& status, const std::string& earlier_output = {}) {
  exec_stream_decoder decoder{"GET /exec"};
  if (!earlier_output.empty())
    decoder.decode("\x01" + earlier_output);
  return std::get<exec_outcome>(decoder.decode("\x03" + status));
}

error lost_by(const std::string& status) {
  const auto outcome = outcome_of(status);
  const auto* lost = std::get_if<exec_lost>(&outcome);
  return lost ? lost->cause : error{};
}

std::string exit_status(const std::string& code) {
  return R"({"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code: command terminated with exit code )"
         + code
         + R"(","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":")"
         + code + R"("}]}})";
}

std::string internal_error(const std::string& text) {
  return R"({"metadata":{},"status":"Failure","message":"Internal error occurred","reason":"InternalError","details":{"causes":[{"message":")"
         + text + R"("}]},"code":500})";
}

TEST(exec_stream, asks_for_command_container_and_streams_in_the_query) {
  const auto call = exec_upgrade_request({.pod = {"shop", "mysql-0"},
                                          .container = "db",
                                          .command = {"sh", "-c", "echo x;exit 3"},
                                          .with_stdin = true});
  EXPECT_EQ(call.method, "GET");
  EXPECT_EQ(call.path, "/api/v1/namespaces/shop/pods/mysql-0/exec");
  EXPECT_THAT(call.query,
              ElementsAre(Pair("command", "sh"), Pair("command", "-c"),
                          Pair("command", "echo x;exit 3"), Pair("container", "db"),
                          Pair("stdin", "true"), Pair("stdout", "true"), Pair("stderr", "true")));
}

TEST(exec_stream, leaves_stdin_out_when_it_is_not_wanted) {
  const auto call
      = exec_upgrade_request({.pod = {"shop", "p"}, .container = "c", .command = {"true"}});
  EXPECT_THAT(call.query, testing::Not(testing::Contains(Pair("stdin", testing::_))));
}

TEST(exec_stream, prefixes_standard_input_with_channel_zero) {
  EXPECT_THAT(stdin_messages("thaw\n"), ElementsAre("\0thaw\n"s));
}

TEST(exec_stream, splits_long_standard_input_into_messages_of_32_kib) {
  const std::string bytes(longest_stdin_payload * 2 + 1, 'x');
  const auto messages = stdin_messages(bytes);
  ASSERT_EQ(messages.size(), 3U);
  EXPECT_EQ(messages[0].size(), longest_stdin_payload + 1);
  EXPECT_EQ(messages[1].size(), longest_stdin_payload + 1);
  EXPECT_EQ(messages[2], "\0x"s);
}

TEST(exec_stream, sends_nothing_for_no_bytes) {
  EXPECT_TRUE(stdin_messages("").empty());
}

TEST(exec_stream, half_closes_standard_input_with_ff_00) {
  EXPECT_EQ(close_stdin_message(), "\xff\0"s);
}

TEST(exec_stream, skips_the_empty_first_message) {
  EXPECT_TRUE(std::holds_alternative<exec_nothing>(decoded("\x01")));
  EXPECT_TRUE(std::holds_alternative<exec_nothing>(decoded("\x02")));
}

TEST(exec_stream, skips_channels_it_does_not_know) {
  EXPECT_TRUE(std::holds_alternative<exec_nothing>(decoded("\x04{}")));
  EXPECT_TRUE(std::holds_alternative<exec_nothing>(decoded("\xff\x01")));
}

TEST(exec_stream, calls_a_message_without_channel_garbage) {
  EXPECT_TRUE(std::holds_alternative<exec_garbage>(decoded("")));
}

TEST(exec_stream, tells_standard_output_from_standard_error) {
  const auto out = "\x01hello\0there"s, err = "\x02oops"s;
  exec_stream_decoder decoder{"GET /exec"};
  const auto first = std::get<exec_output>(decoder.decode(out));
  EXPECT_EQ(first.channel, exec_channel::standard_output);
  EXPECT_EQ(first.bytes, "hello\0there"s);
  const auto second = std::get<exec_output>(decoder.decode(err));
  EXPECT_EQ(second.channel, exec_channel::standard_error);
  EXPECT_EQ(second.bytes, "oops");
}

TEST(exec_stream, reads_success_as_exit_code_zero) {
  EXPECT_EQ(std::get<exec_exited>(outcome_of(R"({"metadata":{},"status":"Success"})")).exit_code,
            0);
}

TEST(exec_stream, reads_the_exit_code_from_the_cause) {
  for (const auto& [text, code] : {std::pair{"3", 3}, {"1", 1}, {"137", 137}, {"255", 255}})
    EXPECT_EQ(std::get<exec_exited>(outcome_of(exit_status(text))).exit_code, code);
}

TEST(exec_stream, reads_the_exit_code_even_after_output) {
  EXPECT_EQ(std::get<exec_exited>(outcome_of(exit_status("7"), "some output")).exit_code, 7);
}

TEST(exec_stream, never_takes_a_senseless_exit_code_for_an_exit) {
  for (const auto* text : {"", "three", "3x", "-1", "99999999999999999999"})
    EXPECT_THAT(lost_by(exit_status(text)).detail, HasSubstr("exit code is no number")) << text;
}

TEST(exec_stream, calls_a_command_that_the_runtime_could_not_start_refused) {
  const auto outcome = outcome_of(
      internal_error("failed to start exec: OCI runtime exec failed: no such file or directory"));
  const auto& cause = std::get<exec_refused>(outcome).cause;
  EXPECT_THAT(cause.detail, HasSubstr("OCI runtime exec failed"));
  EXPECT_EQ(cause.reason, "InternalError");
  EXPECT_EQ(cause.attempted, "GET /exec");
  EXPECT_FALSE(cause.maybe_applied);
}

TEST(exec_stream, does_not_call_a_command_refused_that_has_already_written) {
  const auto outcome = outcome_of(internal_error("failed to start exec"), "frozen");
  EXPECT_TRUE(std::get<exec_lost>(outcome).cause.maybe_applied);
}

TEST(exec_stream, calls_the_result_unknown_when_an_internal_error_may_have_hit_a_running_process) {
  const auto cause = lost_by(internal_error("error reading from the container: connection reset"));
  EXPECT_EQ(cause.code, errc::unavailable);
  EXPECT_TRUE(cause.maybe_applied);
}

TEST(exec_stream, calls_a_malformed_final_status_a_protocol_error) {
  for (const auto* status :
       {"not json", "[]", "null", "{}", R"({"status":"Perhaps"})", R"({"status":7})", "\xff\xfe"})
    EXPECT_THAT(lost_by(status).detail, HasSubstr("final status")) << status;
}

TEST(exec_stream, survives_details_of_the_wrong_type) {
  for (const auto* details : {"null", "[]", R"({"causes":7})", R"({"causes":[7,null]})",
                              R"({"causes":[{"reason":7}]})"}) {
    const auto outcome = outcome_of(R"({"status":"Failure","reason":"NonZeroExitCode","details":)"
                                    + std::string{details} + "}");
    EXPECT_TRUE(std::holds_alternative<exec_lost>(outcome)) << details;
  }
}

} // namespace
} // namespace k8s
