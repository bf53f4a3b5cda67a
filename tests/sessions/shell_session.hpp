#pragma once

#include "actors/freeze_session/session_protocol.hpp"
#include "actors/freeze_session/session_script.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace session_tests {

using namespace freeze_session;
using namespace std::chrono_literals;

/// Only a broken program makes anybody wait that long.
inline constexpr auto patience = 20s;

/// A program started with pipes for its standard streams, as a container runtime does for an exec.
class running_shell {
public:
  running_shell(const std::vector<std::string>& command,
                const std::map<std::string, std::string>& environment, std::string_view input);
  ~running_shell();
  running_shell(const running_shell&) = delete;
  running_shell& operator=(const running_shell&) = delete;

  pid_t pid() const { return pid_; }
  /// False if the program has closed its standard input.
  bool write(std::string_view bytes);
  void close_input();
  /// From here on nobody reads what the program says.
  void close_outputs();

  /// The next fact; fails the test if none comes.
  session_fact next();
  /// The next fact must be of that kind.
  template <class Fact>
  Fact expect() {
    auto fact = next();
    if (auto wanted = std::get_if<Fact>(&fact))
      return *wanted;
    ADD_FAILURE() << "unexpected fact, number " << fact.index() << "; stderr: " << error_output_;
    return {};
  }
  /// Waits for the end of the process, 128+N for signal N.
  int exit_code();
  /// What it has written to standard error until its end.
  const std::string& error_output();
  bool nothing_more_said();
  /// Waits for the first byte on standard error.
  void await_error_output();

private:
  bool read_some(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
  std::optional<int> exit_code_;
  session_parser parser_;
  std::deque<session_fact> facts_;
  std::string error_output_;
};

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

/// The living children of a process.
std::vector<pid_t> children_of(pid_t parent);
bool is_alive(pid_t process);

std::string shell_name(const testing::TestParamInfo<std::string>& shell);
inline auto all_shells() {
  return testing::Values("dash", "busybox sh", "bash", "bash --posix");
}

} // namespace session_tests
