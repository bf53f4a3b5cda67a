#include "tests/kubesim/kubelet/namespaces.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace kubesim {
namespace {

std::string problem_with(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

bool write_file(const char* path, const std::string& text) {
  const descriptor file{::open(path, O_WRONLY | O_CLOEXEC)};
  return file && ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// Root inside is who we are outside; nobody else exists there.
std::string enter_user_namespace() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER) != 0)
    return problem_with("cannot make a user namespace");
  if (!write_file("/proc/self/setgroups", "deny")
      || !write_file("/proc/self/uid_map", "0 " + std::to_string(user) + " 1")
      || !write_file("/proc/self/gid_map", "0 " + std::to_string(group) + " 1"))
    return problem_with("cannot map the user into its namespace");
  return {};
}

ifreq loopback(const char* name) {
  ifreq request{};
  std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
  return request;
}

std::string bring_up_loopback(const std::string& address) {
  const descriptor socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  auto request = loopback("lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(socket.get(), SIOCSIFFLAGS, &request) != 0)
    return problem_with("cannot bring up the loopback device");
  if (address.empty())
    return {};
  auto alias = loopback("lo:0");
  sockaddr_in where{};
  where.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  std::memcpy(&alias.ifr_addr, &where, sizeof where);
  if (::ioctl(socket.get(), SIOCSIFADDR, &alias) != 0)
    return problem_with("cannot give the pod its address");
  return {};
}

std::string make_namespaces(const sandbox_spec& spec) {
  if (needs_user_namespace())
    if (auto problem = enter_user_namespace(); !problem.empty())
      return problem;
  const int own = CLONE_NEWIPC | (spec.shares_host_network ? 0 : CLONE_NEWNET | CLONE_NEWUTS);
  if (::unshare(own) != 0)
    return problem_with("cannot make the pod's namespaces");
  if (spec.shares_host_network)
    return {};
  if (::sethostname(spec.hostname.data(), spec.hostname.size()) != 0)
    return problem_with("cannot set the host name");
  return bring_up_loopback(spec.address);
}

descriptor open_namespace(pid_t pid, const char* name) {
  return descriptor{
      ::open(("/proc/" + std::to_string(pid) + "/ns/" + name).c_str(), O_RDONLY | O_CLOEXEC)};
}

std::string read_all(int fd) {
  std::string text(512, '\0');
  ssize_t count = 0;
  while ((count = ::read(fd, text.data(), text.size())) < 0 && errno == EINTR) {
  }
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

} // namespace

descriptor& descriptor::operator=(descriptor&& other) noexcept {
  reset();
  fd_ = other.release();
  return *this;
}

void descriptor::reset() {
  if (fd_ >= 0)
    ::close(std::exchange(fd_, -1));
}

pipe_ends make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return {};
  return {descriptor{ends[0]}, descriptor{ends[1]}};
}

bool needs_user_namespace() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2]{};
  const bool known = ::syscall(SYS_capget, &header, sets) == 0;
  return !known || (sets[0].effective & (1U << CAP_SYS_ADMIN)) == 0;
}

sandbox_outcome make_sandbox(const sandbox_spec& spec) {
  auto made = make_pipe(), taken = make_pipe();
  const auto child = ::fork();
  if (child < 0)
    return {{}, problem_with("cannot fork")};
  if (child == 0) {
    taken.write.reset();
    auto problem = make_namespaces(spec);
    const auto text = problem.empty() ? std::string{"."} : problem;
    [[maybe_unused]] auto told = ::write(made.write.get(), text.data(), text.size());
    read_all(taken.read.get());
    ::_exit(0);
  }
  made.write.reset();
  const auto text = read_all(made.read.get());
  sandbox_outcome outcome;
  if (text == ".") {
    if (needs_user_namespace())
      outcome.made.user = open_namespace(child, "user");
    if (!spec.shares_host_network) {
      outcome.made.network = open_namespace(child, "net");
      outcome.made.names = open_namespace(child, "uts");
    }
    outcome.made.ipc = open_namespace(child, "ipc");
  } else {
    outcome.problem = text.empty() ? "the sandbox process died" : text;
  }
  taken.write.reset();
  ::waitpid(child, nullptr, 0);
  return outcome;
}

std::string join(const sandbox& shared) {
  for (const auto* part : {&shared.user, &shared.network, &shared.ipc, &shared.names})
    if (*part && ::setns(part->get(), 0) != 0)
      return problem_with("cannot join the pod's namespaces");
  return {};
}

} // namespace kubesim
