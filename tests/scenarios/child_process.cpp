#include "tests/scenarios/child_process.hpp"

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace scenarios {

using namespace std::chrono_literals;

child_process::child_process(std::vector<std::string> command, std::filesystem::path log,
                             const std::filesystem::path& answer)
    : log_{std::move(log)} {
  std::vector<char*> arguments;
  for (auto& word : command)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0)
    throw std::runtime_error("cannot start " + command.front());
  if (pid_ > 0)
    return;
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  constexpr int append = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC;
  dup2(open((answer.empty() ? log_ : answer).c_str(), append, 0600), STDOUT_FILENO);
  dup2(open(log_.c_str(), append, 0600), STDERR_FILENO);
  execvp(arguments.front(), arguments.data());
  _exit(127);
}

child_process::~child_process() {
  send_signal(SIGTERM);
  if (await_end(20s))
    return;
  send_signal(SIGKILL);
  await_end(20s);
}

void child_process::send_signal(int number) {
  if (!exit_code_)
    kill(pid_, number);
}

std::optional<int> child_process::await_end(std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!exit_code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_)
      exit_code_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    else if (std::chrono::steady_clock::now() >= end)
      break;
    else
      std::this_thread::sleep_for(5ms);
  }
  return exit_code_;
}

int child_process::threads() const {
  for (const auto& line : lines_of("/proc/" + std::to_string(pid_) + "/status"))
    if (line.starts_with("Threads:"))
      return std::stoi(line.substr(8));
  return 0;
}

std::string child_process::log_text() const {
  return text_of(log_);
}

finished_command run_command(const std::vector<std::string>& command,
                             const std::filesystem::path& log) {
  const auto before = text_of(log).size();
  const auto answer = std::filesystem::path{log}.replace_extension(".answer");
  std::filesystem::remove(answer);
  child_process child{command, log, answer};
  const auto code = child.await_end(60s);
  const auto said = text_of(answer);
  return {code.value_or(-1), said, said + child.log_text().substr(before)};
}

std::string text_of(const std::filesystem::path& file) {
  const std::ifstream input{file};
  std::ostringstream text;
  text << input.rdbuf();
  return text.str();
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::ifstream input{file};
  std::vector<std::string> lines;
  for (std::string line; std::getline(input, line);)
    lines.push_back(line);
  return lines;
}

} // namespace scenarios
