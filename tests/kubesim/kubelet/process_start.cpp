#include "tests/kubesim/kubelet/process_start.hpp"

#include "tests/kubesim/kubelet/connect_probe.hpp"
#include "tests/kubesim/kubelet/root_filesystem.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <grp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace kubesim {
namespace {

constexpr int cannot_start = 127;

/// Runs in a child: tells the launcher and ends.
class teller {
public:
  explicit teller(int report) : report_{report} {}

  void tell_pid(pid_t pid) const { write("P" + std::to_string(pid) + "\n"); }

  [[noreturn]] void give_up(int error_number, const std::string& problem) const {
    write("E" + std::to_string(error_number) + " " + problem + "\n");
    ::_exit(cannot_start);
  }

private:
  void write(const std::string& text) const {
    [[maybe_unused]] auto told = ::write(report_, text.data(), text.size());
  }
  int report_;
};

void reset_signals() {
  for (int number = 1; number < NSIG; ++number)
    ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void take_streams(const standard_streams& streams, bool has_terminal) {
  ::setsid();
  for (int target = 0; target < 3; ++target)
    ::dup2(streams[static_cast<std::size_t>(target)], target);
  if (has_terminal)
    ::ioctl(0, TIOCSCTTY, 0);
}

/// In a user namespace of ours nobody but root exists: the wish is then without effect.
void change_user(const process_spec& process, const teller& launcher) {
  if (needs_user_namespace())
    return;
  if (process.group >= 0 || process.user >= 0) {
    const auto group = static_cast<gid_t>(process.group >= 0 ? process.group : 0);
    if (::setgroups(0, nullptr) != 0 || ::setgid(group) != 0)
      launcher.give_up(errno, "cannot change the group");
  }
  if (process.user >= 0 && ::setuid(static_cast<uid_t>(process.user)) != 0)
    launcher.give_up(errno, "cannot change the user");
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const auto& text : texts)
    all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void become(const process_spec& process, const standard_streams& streams,
                         const teller& launcher) {
  take_streams(streams, process.has_terminal);
  ::umask(022);
  if (!process.working_directory.empty() && ::chdir(process.working_directory.c_str()) != 0)
    launcher.give_up(errno, "chdir to cwd (\"" + process.working_directory
                                + "\") set in config.json failed: " + std::strerror(errno));
  change_user(process, launcher);
  reset_signals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL); // last: a change of the user clears it
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (process.arguments.empty())
    launcher.give_up(EINVAL, "args must not be empty");
  auto environment = pointers(process.environment);
  environ = environment.data(); // execvp looks for PATH there
  auto arguments = pointers(process.arguments);
  ::execvp(arguments[0], arguments.data());
  launcher.give_up(errno, std::strerror(errno));
}

/// Forks the intermediate, which does what must be done before the process can exist.
process_start fork_intermediate(const std::function<void(const teller&)>& run) {
  auto report = make_pipe();
  const auto child = ::fork();
  if (child == 0) {
    run(teller{report.write.get()});
    ::_exit(0);
  }
  return {child, std::move(report.read)};
}

/// The new process becomes the launcher's child, not ours, so that we may end.
void fork_for_launcher(const teller& launcher, int flags, const std::function<void()>& run) {
  const auto pid
      = static_cast<pid_t>(::syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0));
  if (pid < 0)
    launcher.give_up(errno, std::string{"cannot fork: "} + std::strerror(errno));
  if (pid == 0)
    run();
  launcher.tell_pid(pid);
}

void join_or_give_up(const sandbox& shared, const teller& launcher) {
  if (auto problem = join(shared); !problem.empty())
    launcher.give_up(errno, problem);
}

descriptor namespace_of(pid_t pid, const char* name) {
  return descriptor{
      ::open(("/proc/" + std::to_string(pid) + "/ns/" + name).c_str(), O_RDONLY | O_CLOEXEC)};
}

} // namespace

process_start start_container(const launch_request& request, const sandbox& shared,
                              const standard_streams& streams) {
  return fork_intermediate([&](const teller& launcher) {
    join_or_give_up(shared, launcher);
    fork_for_launcher(launcher, CLONE_NEWNS | CLONE_NEWPID, [&] {
      if (auto problem = enter_root(request.root); !problem.empty())
        launcher.give_up(0, problem);
      become(request.process, streams, launcher);
    });
  });
}

process_start start_exec(const launch_request& request, const sandbox& shared, pid_t container,
                         const standard_streams& streams) {
  return fork_intermediate([&](const teller& launcher) {
    const auto processes = namespace_of(container, "pid"), mounts = namespace_of(container, "mnt");
    join_or_give_up(shared, launcher);
    // Who shares root and working directory with another thread, such as the thread sanitizer's
    // own, may not join a mount namespace.
    if (::unshare(CLONE_FS) != 0 || ::setns(processes.get(), CLONE_NEWPID) != 0
        || ::setns(mounts.get(), CLONE_NEWNS) != 0)
      launcher.give_up(errno, std::string{"cannot join the container: "} + std::strerror(errno));
    fork_for_launcher(launcher, 0, [&] { become(request.process, streams, launcher); });
  });
}

process_start start_plain(const launch_request& request, const standard_streams& streams) {
  return fork_intermediate([&](const teller& launcher) {
    fork_for_launcher(launcher, 0, [&] { become(request.process, streams, launcher); });
  });
}

process_start start_connect(const launch_request& request, const sandbox& shared) {
  return fork_intermediate([&](const teller& launcher) {
    join_or_give_up(shared, launcher);
    fork_for_launcher(launcher, 0, [&] {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      ::_exit(connects(request.connection) ? 0 : 1);
    });
  });
}

} // namespace kubesim
