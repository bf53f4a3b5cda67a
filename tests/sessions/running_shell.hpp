#pragma once

#include "actors/freeze_session/session_protocol.hpp"
#include "actors/freeze_session/session_script.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace session_tests {

using namespace freeze_session;
using namespace std::chrono_literals;

/// Only a broken program makes anybody wait that long.
inline constexpr auto patience = 20s;

/// A program did not do what was waited for. Thrown out of a test, it fails it.
class unexpected_end : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

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

  /// The next fact; a protocol_violation if none comes.
  session_fact next();
  /// The next fact, which must be of that kind.
  template <class Fact>
  Fact expect() {
    auto fact = next();
    if (auto wanted = std::get_if<Fact>(&fact))
      return *wanted;
    throw unexpected_end{"unexpected fact, number " + std::to_string(fact.index())
                         + "; stderr: " + error_output_};
  }
  /// SIGTERM, and another where the first one does not end it within a second, as the rescue does:
  /// bash that is just about to wait notices a signal only with the next one (1 of 5,000 on a busy
  /// machine).
  void terminate();
  /// Waits for the end of the process, 128+N for signal N.
  int exit_code();
  /// What it has written to standard error until its end.
  const std::string& error_output();
  bool nothing_more_said();
  /// Waits for the first byte on standard error.
  void await_error_output();

private:
  /// Nothing if it still runs at the deadline.
  std::optional<int> await_exit(std::chrono::steady_clock::time_point deadline);
  bool read_some(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = -1;
  int input_ = -1, output_ = -1, errors_ = -1;
  std::optional<int> exit_code_;
  session_parser parser_;
  std::deque<session_fact> facts_;
  std::string error_output_;
};

/// The living children of a process.
std::vector<pid_t> children_of(pid_t parent);
bool is_alive(pid_t process);
/// For people: its id, state and command.
std::string describe(pid_t process);

} // namespace session_tests
