#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace scenarios {

/// A program that ends with this object, or with the test program, whichever is first.
class child_process {
public:
  /// Both of its outputs are added to `log`; with `answer`, standard output to that file instead.
  child_process(std::vector<std::string> command, std::filesystem::path log,
                const std::filesystem::path& answer = {});
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;
  /// SIGTERM, and SIGKILL if that is not enough.
  ~child_process();

  int pid() const { return pid_; }
  void send_signal(int number);
  /// Its exit code, 128+N after signal N; nothing if it still runs after `limit`.
  std::optional<int> await_end(std::chrono::milliseconds limit);
  /// Of its /proc/PID/status; 0 if it does not run.
  int threads() const;
  std::string log_text() const;

private:
  int pid_ = 0;
  std::filesystem::path log_;
  std::optional<int> exit_code_;
};

struct finished_command {
  int exit_code;
  std::string answer; ///< its standard output; kubectl, for one, may warn beside it
  std::string output; ///< both of its outputs
};
/// Runs it to its end. What it says on standard error is added to `log`.
finished_command run_command(const std::vector<std::string>& command,
                             const std::filesystem::path& log);

std::string text_of(const std::filesystem::path& file);
std::vector<std::string> lines_of(const std::filesystem::path& file);

} // namespace scenarios
