#include "tests/kubesim/csi/stopped_processes.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

namespace kubesim {
namespace {

namespace fs = std::filesystem;

/// Long enough for every stop to be delivered on a busy machine, short enough for many tries.
constexpr std::chrono::milliseconds one_try{50};

fs::path tasks_of(pid_t pid) {
  return "/proc/" + std::to_string(pid) + "/task";
}

/// `R`, `S`, `T`, ... ; 0 if the thread is gone. The name before it may hold anything, even `)`.
char state_of_thread(const fs::path& thread) {
  std::string text;
  std::getline(std::ifstream{thread / "stat"}, text);
  const auto end_of_name = text.rfind(')');
  return end_of_name == std::string::npos || end_of_name + 2 >= text.size() ? '\0'
                                                                            : text[end_of_name + 2];
}

bool stands(pid_t pid) {
  std::error_code gone;
  for (auto it = fs::directory_iterator{tasks_of(pid), gone}; it != fs::directory_iterator{};
       it.increment(gone)) {
    const char state = state_of_thread(it->path());
    if (state != '\0' && std::string_view{"TtZX"}.find(state) == std::string_view::npos)
      return false;
    if (gone)
      break;
  }
  return true;
}

void add_tree(pid_t pid, std::vector<pid_t>& all) {
  all.push_back(pid);
  std::error_code gone;
  for (auto it = fs::directory_iterator{tasks_of(pid), gone}; it != fs::directory_iterator{};
       it.increment(gone)) {
    std::ifstream children{it->path() / "children"};
    for (pid_t child = 0; children >> child;)
      add_tree(child, all);
    if (gone)
      break;
  }
}

} // namespace

stopped_processes::stopped_processes(const std::vector<pid_t>& roots,
                                     std::chrono::milliseconds limit)
    : roots_{roots} {
  const auto end = std::chrono::steady_clock::now() + limit;
  // A parent in vfork waits, unstoppable, for a child that was stopped before its exec: go on, try
  // again.
  while (!stand_by(std::min(end, std::chrono::steady_clock::now() + one_try))) {
    if (std::chrono::steady_clock::now() >= end)
      return;
    go_on();
    std::this_thread::yield();
  }
  do_all_stand_ = true;
}

stopped_processes::~stopped_processes() {
  go_on();
}

void stopped_processes::go_on() {
  for (const auto pid : stopped_)
    ::kill(pid, SIGCONT);
  stopped_.clear();
}

/// A process may have forked before its stop reached it, so until nothing new is found.
bool stopped_processes::stand_by(std::chrono::steady_clock::time_point end) {
  for (;;) {
    const bool found_new = stop_new();
    if (!found_new && std::all_of(stopped_.begin(), stopped_.end(), stands))
      return true;
    if (std::chrono::steady_clock::now() > end)
      return false;
    std::this_thread::yield();
  }
}

bool stopped_processes::stop_new() {
  bool found_new = false;
  for (const auto root : roots_) {
    std::vector<pid_t> tree;
    add_tree(root, tree);
    for (const auto pid : tree)
      if (!stopped_.contains(pid) && ::kill(pid, SIGSTOP) == 0) {
        stopped_.insert(pid);
        found_new = true;
      }
  }
  return found_new;
}

} // namespace kubesim
