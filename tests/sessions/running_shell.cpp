#include "tests/sessions/running_shell.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <sstream>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace session_tests {
namespace {

struct pipe_ends {
  int read = -1, write = -1;
};

pipe_ends make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw std::system_error{errno, std::generic_category(), "pipe2"};
  return {ends[0], ends[1]};
}

void close_end(int& end) {
  if (end >= 0)
    close(end);
  end = -1;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> environment_texts(const std::map<std::string, std::string>& variables) {
  std::vector<std::string> texts;
  for (auto& [name, value] : variables)
    texts.push_back(name + '=' + value);
  return texts;
}

int code_of(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// The state letter in /proc/<pid>/stat; empty if there is no such process.
std::string stat_rest(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string line;
  std::getline(file, line);
  auto end = line.rfind(") ");
  return end == std::string::npos ? std::string{} : line.substr(end + 2);
}

} // namespace

std::string describe(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/cmdline"};
  std::stringstream text;
  text << file.rdbuf();
  auto command = text.str();
  std::replace(command.begin(), command.end(), '\0', ' ');
  return std::to_string(process) + " (" + stat_rest(process).substr(0, 1) + ") "
         + command.substr(0, 300);
}

running_shell::running_shell(const std::vector<std::string>& command,
                             const std::map<std::string, std::string>& environment,
                             std::string_view first_input) {
  auto input = make_pipe(), output = make_pipe(), errors = make_pipe();
  auto words = command;
  auto variables = environment_texts(environment);
  auto arguments = pointers_to(words), variable_pointers = pointers_to(variables);
  pid_ = fork();
  if (pid_ == 0) {
    // Container runtimes give an exec a session of its own.
    setsid();
    // They start it with all signals as they are by default; what is ignored here would be there.
    signal(SIGPIPE, SIG_DFL);
    dup2(input.read, 0);
    dup2(output.write, 1);
    dup2(errors.write, 2);
    execvpe(arguments[0], arguments.data(), variable_pointers.data());
    _exit(126);
  }
  close_end(input.read);
  close_end(output.write);
  close_end(errors.write);
  input_ = input.write;
  output_ = output.read;
  errors_ = errors.read;
  write(first_input);
}

running_shell::~running_shell() {
  close_input();
  close_outputs();
  if (await_exit(std::chrono::steady_clock::now() + patience))
    return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

bool running_shell::write(std::string_view bytes) {
  while (!bytes.empty()) {
    auto written = ::write(input_, bytes.data(), bytes.size());
    if (written < 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void running_shell::close_input() {
  close_end(input_);
}

void running_shell::close_outputs() {
  close_end(output_);
  close_end(errors_);
}

bool running_shell::read_some(std::chrono::steady_clock::time_point deadline) {
  auto left
      = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  pollfd ends[] = {{output_, POLLIN, 0}, {errors_, POLLIN, 0}};
  if (left.count() <= 0 || poll(ends, 2, static_cast<int>(left.count())) <= 0)
    return false;
  char buffer[65536];
  for (auto& end : ends) {
    if (end.fd < 0 || (end.revents & (POLLIN | POLLHUP)) == 0)
      continue;
    auto count = read(end.fd, buffer, sizeof buffer);
    std::string_view bytes{buffer, count > 0 ? static_cast<std::size_t>(count) : 0};
    if (bytes.empty())
      close_end(end.fd == output_ ? output_ : errors_);
    else if (end.fd == errors_)
      error_output_ += bytes;
    else
      for (auto& fact : parser_.feed(bytes))
        facts_.push_back(fact);
  }
  return true;
}

session_fact running_shell::next() {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (facts_.empty() && output_ >= 0)
    if (!read_some(deadline))
      break;
  if (facts_.empty())
    return protocol_violation{"nothing was said"};
  auto fact = facts_.front();
  facts_.pop_front();
  return fact;
}

void running_shell::await_error_output() {
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (error_output_.empty() && errors_ >= 0 && read_some(deadline)) {
  }
  if (error_output_.empty())
    throw unexpected_end{"nothing on standard error"};
}

bool running_shell::nothing_more_said() {
  exit_code();
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (output_ >= 0)
    if (!read_some(deadline))
      return false;
  return facts_.empty();
}

std::optional<int> running_shell::await_exit(std::chrono::steady_clock::time_point deadline) {
  while (!exit_code_) {
    int status = 0;
    if (waitpid(pid_, &status, WNOHANG) == pid_)
      exit_code_ = code_of(status);
    else if (std::chrono::steady_clock::now() > deadline)
      return std::nullopt;
    else
      read_some(std::chrono::steady_clock::now() + 2ms);
  }
  return exit_code_;
}

void running_shell::terminate() {
  kill(pid_, SIGTERM);
  if (!await_exit(std::chrono::steady_clock::now() + 1s))
    kill(pid_, SIGTERM);
}

int running_shell::exit_code() {
  if (const auto code = await_exit(std::chrono::steady_clock::now() + patience))
    return *code;
  throw unexpected_end{"the program does not end: " + describe(pid_)};
}

const std::string& running_shell::error_output() {
  exit_code();
  auto deadline = std::chrono::steady_clock::now() + patience;
  while (errors_ >= 0 && read_some(deadline)) {
  }
  return error_output_;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (auto& entry : std::filesystem::directory_iterator{"/proc"}) {
    auto process = static_cast<pid_t>(std::atoi(entry.path().filename().c_str()));
    std::istringstream rest{process > 0 ? stat_rest(process) : std::string{}};
    char state = 'Z';
    pid_t its_parent = 0;
    if (rest >> state >> its_parent && its_parent == parent && state != 'Z' && state != 'X')
      children.push_back(process);
  }
  return children;
}

bool is_alive(pid_t process) {
  auto rest = stat_rest(process);
  return !rest.empty() && rest[0] != 'Z' && rest[0] != 'X';
}

} // namespace session_tests
