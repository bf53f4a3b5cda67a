#include "tests/sessions/shell_session.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace session_tests {

void shell_session::SetUp() {
  signal(SIGPIPE, SIG_IGN);
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  auto name = (std::filesystem::temp_directory_path() / "session-XXXXXX").string();
  directory_ = mkdtemp(name.data());
  environment_ = {{"PATH", getenv("PATH")}, {"DIR", directory_.string()}};
}

void shell_session::TearDown() {
  expect_nothing_alive();
  std::filesystem::remove_all(directory_);
}

session_plan shell_session::plan(std::string pre, std::string post) const {
  session_plan plan;
  plan.not_after
      = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 10min;
  plan.max_freeze = 10min;
  plan.post_limit = 10min;
  plan.pre = std::move(pre);
  plan.post = std::move(post);
  return plan;
}

session_plan shell_session::client_plan(std::string client, std::string pre,
                                        std::string post) const {
  auto result = plan(std::move(pre), std::move(post));
  result.mode = session_mode::client;
  result.client = std::move(client);
  result.ready = "READY";
  return result;
}

running_shell shell_session::run(const std::vector<std::string>& command, std::string_view input) {
  std::istringstream words{GetParam()};
  std::vector<std::string> under_test{std::istream_iterator<std::string>{words}, {}};
  under_test.insert(under_test.end(), command.begin() + 1, command.end());
  return {under_test, environment_, input};
}

running_shell shell_session::start(const session_plan& plan, int attempt) {
  return run(session_command(session_id(uid(), attempt, 0)), session_input(plan));
}

running_shell shell_session::start_rescue(const rescue_plan& plan, int attempt) {
  return run(rescue_command(session_id(uid(), attempt, 0)), rescue_input(plan));
}

running_shell shell_session::start_silent() {
  return run(session_command(session_id(uid(), 1, 0)), "");
}

std::string shell_session::content(std::string_view name) const {
  std::ifstream stream{file(name)};
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string shell_session::await_content(std::string_view name) const {
  EXPECT_TRUE(eventually([&] { return !content(name).empty(); })) << "nothing in " << name;
  return content(name);
}

void shell_session::write_program(std::string_view name, std::string_view text) const {
  std::ofstream{file(name)} << text;
  std::filesystem::permissions(file(name), std::filesystem::perms::owner_all);
}

void shell_session::expect_nothing_left() {
  int status = 0;
  while (auto orphan = waitpid(-1, &status, WNOHANG)) {
    if (orphan < 0)
      return;
    ADD_FAILURE() << "process " << orphan << " was left dead, with status " << status;
  }
  expect_nothing_alive();
}

/// What was killed without being a child of the program dies when the kernel gets to it, a moment
/// after the program's end.
void shell_session::expect_nothing_alive() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{1};
  std::vector<pid_t> left;
  do {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    left = children_of(getpid());
  } while (!left.empty() && std::chrono::steady_clock::now() < end);
  for (auto child : left) {
    ADD_FAILURE() << "left alive: " << describe(child);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
  }
}

void shell_session::end_adopted(pid_t process) {
  EXPECT_TRUE(is_alive(process));
  kill(process, SIGKILL);
  EXPECT_EQ(waitpid(process, nullptr, 0), process);
}

std::string shell_name(const testing::TestParamInfo<std::string>& shell) {
  auto name = shell.param;
  std::replace_if(
      name.begin(), name.end(), [](char letter) { return !std::isalnum(letter); }, '_');
  return name;
}

} // namespace session_tests
