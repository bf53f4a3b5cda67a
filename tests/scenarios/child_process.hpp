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
  /// Both of its outputs are added to `log`.
  child_process(std::vector<std::string> command, std::filesystem::path log);
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

/// Runs it to its end; its exit code and both outputs, which are added to `log`.
struct finished_command {
  int exit_code;
  std::string output;
};
finished_command run_command(const std::vector<std::string>& command,
                             const std::filesystem::path& log);

std::string text_of(const std::filesystem::path& file);
std::vector<std::string> lines_of(const std::filesystem::path& file);

} // namespace scenarios
