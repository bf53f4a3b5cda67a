#include "actors/freeze_session/session_script.hpp"

#include "actors/freeze_session/embedded_programs.hpp"

#include <algorithm>

namespace freeze_session {
namespace {

/// Short, since it stands in the URL. Evaluates the program piece by piece, up to each line that
/// begins with `#`: to append line after line to one text would be quadratic. Only the last piece,
/// up to #END, does anything, so half a program does nothing.
constexpr std::string_view loader
    = "fz_p=;while IFS= read -r fz_l;do case $fz_l in '#'*)eval \"$fz_p\";fz_p=;;"
      "*)fz_p=$fz_p$fz_l'\n';;esac;done;exit 2";

std::string seconds(std::chrono::milliseconds span) {
  auto text = std::to_string(span.count() / 1000);
  auto fraction = span.count() % 1000;
  if (fraction == 0)
    return text;
  auto digits = std::to_string(1000 + fraction).substr(1);
  digits.erase(digits.find_last_not_of('0') + 1);
  return text + '.' + digits;
}

std::string field(std::string_view name, std::string_view value) {
  std::string line{name};
  line += ' ';
  line += value;
  line += '\n';
  return line;
}

std::string text_block(std::string_view name, std::string_view text) {
  auto lines = std::count(text.begin(), text.end(), '\n') + 1;
  auto block = field(name, std::to_string(lines));
  block += text;
  block += '\n';
  return block;
}

std::string mode_line(session_mode mode) {
  return field("mode", mode == session_mode::client ? "client" : "shell");
}

} // namespace

std::string session_id(std::string_view backup_uid, std::int64_t attempt, std::size_t pod) {
  return std::string{backup_uid} + '.' + std::to_string(attempt) + '.' + std::to_string(pod);
}

std::vector<std::string> session_command(std::string_view id) {
  return {"/bin/sh", "-c", std::string{loader}, "backup-freeze-session", std::string{id}};
}

std::string session_input(const session_plan& plan) {
  std::string input{session_program};
  input += "#END\n";
  input += field("not-after", std::to_string(plan.not_after.time_since_epoch().count()));
  input += field("max-freeze", seconds(plan.max_freeze));
  input += field("post-limit", seconds(plan.post_limit));
  input += mode_line(plan.mode);
  if (plan.mode == session_mode::client) {
    input += field("ready", plan.ready);
    input += text_block("client", plan.client);
  }
  input += text_block("pre", plan.pre);
  input += text_block("post", plan.post);
  input += "go\n";
  return input;
}

std::vector<std::string> rescue_command(std::string_view id) {
  return {"/bin/sh", "-c", std::string{loader}, "backup-freeze-rescue", std::string{id}};
}

std::string rescue_input(const rescue_plan& plan) {
  std::string input{rescue_program};
  input += "#END\n";
  input += field("post-limit", seconds(plan.post_limit));
  input += field("patience", seconds(plan.patience));
  input += mode_line(plan.mode);
  if (plan.mode == session_mode::shell)
    input += text_block("post", plan.post);
  input += "go\n";
  return input;
}

} // namespace freeze_session
