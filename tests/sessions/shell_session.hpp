#pragma once

#include "tests/sessions/running_shell.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace session_tests {

/// Runs the programs under one shell, in a process that adopts every orphan, so that it sees
/// whatever a session leaves behind.
class shell_session : public testing::TestWithParam<std::string> {
protected:
  void SetUp() override;
  void TearDown() override;

  session_plan plan(std::string pre, std::string post) const;
  session_plan client_plan(std::string client, std::string pre, std::string post) const;

  running_shell start(const session_plan& plan, int attempt = 1);
  running_shell start_rescue(const rescue_plan& plan, int attempt = 1);
  /// Without any input.
  running_shell start_silent();
  /// Unlike that of any other test that may run beside this one.
  std::string uid() const { return directory_.filename(); }

  /// A file in the test's own directory, for hooks as `$DIR/name`.
  std::filesystem::path file(std::string_view name) const { return directory_ / name; }
  std::string content(std::string_view name) const;
  /// Waits until the file has at least one byte, and returns it.
  std::string await_content(std::string_view name) const;
  void write_program(std::string_view name, std::string_view text) const;

  /// Fails if a process that a session has started lives on, or is dead and was left for PID 1.
  void expect_nothing_left();
  /// Dead grandchildren of a killed hook are PID 1's, nobody else can have them.
  void expect_nothing_alive();
  /// Ends a process that a session has left to us on purpose.
  void end_adopted(pid_t process);

  /// `command` with the shell under test in place of /bin/sh.
  running_shell run(const std::vector<std::string>& command, std::string_view input);

  std::map<std::string, std::string> environment_;

private:
  std::filesystem::path directory_;
};

/// Waits until `condition` holds; false after `patience`.
template <class Condition>
bool eventually(Condition condition) {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline)
      return false;
    usleep(2000);
  }
  return true;
}

std::string shell_name(const testing::TestParamInfo<std::string>& shell);
inline auto all_shells() {
  return testing::Values("dash", "busybox sh", "bash", "bash --posix");
}

} // namespace session_tests
