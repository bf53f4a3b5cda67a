#include "tests/kubesim/kubelet/container_main.hpp"

#include "tests/kubesim/kubelet/process_start.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <map>
#include <poll.h>
#include <set>
#include <string_view>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace kubesim {
namespace {

/// The server's end of the launcher's socket.
constexpr int server_socket = 3;

struct received {
  launch_request request;
  std::vector<descriptor> streams;
};

std::string content_of(int memory_file) {
  std::string text(static_cast<std::size_t>(::lseek(memory_file, 0, SEEK_END)), '\0');
  const auto count = ::pread(memory_file, text.data(), text.size(), 0);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return text;
}

/// Nothing if the server is gone.
std::optional<received> receive() {
  char byte = 0;
  iovec place{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(server_socket, &message, MSG_CMSG_CLOEXEC) <= 0)
    return std::nullopt;
  std::vector<descriptor> fds;
  for (auto* part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
    std::array<int, 4> numbers{};
    const auto size = part->cmsg_len - CMSG_LEN(0);
    std::memcpy(numbers.data(), CMSG_DATA(part), size);
    for (std::size_t i = 0; i < size / sizeof(int); ++i)
      fds.emplace_back(numbers[i]);
  }
  if (fds.empty())
    return std::nullopt;
  received all;
  all.request = nlohmann::json::parse(content_of(fds.front().get())).get<launch_request>();
  fds.erase(fds.begin());
  all.streams = std::move(fds);
  return all;
}

/// One process that the server asked for.
struct child {
  process_id id = 0;
  pid_t pid = -1; ///< -1 until the intermediate has told it
  descriptor report;
  std::string told;
  bool has_failed = false;
  std::string sandbox;
};

class launcher_loop {
public:
  void run() {
    watch_children();
    send({.kind = report_kind::ready});
    while (serve_once()) {
    }
  }

private:
  void watch_children() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
    signals_ = descriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  }

  bool serve_once() {
    std::vector<pollfd> waits{{server_socket, POLLIN, 0}, {signals_.get(), POLLIN, 0}};
    if (!unsent_.empty())
      waits[0].events |= POLLOUT;
    std::vector<process_id> reporting;
    for (auto& [id, it] : children_)
      if (it.report) {
        waits.push_back({it.report.get(), POLLIN, 0});
        reporting.push_back(id);
      }
    if (::poll(waits.data(), waits.size(), -1) < 0)
      return errno == EINTR;
    for (std::size_t i = 0; i < reporting.size(); ++i)
      if (waits[i + 2].revents != 0)
        read_report(reporting[i]);
    if (waits[1].revents != 0)
      reap();
    send_waiting();
    return (waits[0].revents & (POLLIN | POLLHUP)) == 0 || serve_request();
  }

  bool serve_request() {
    auto message = receive();
    if (!message)
      return false;
    const auto& request = message->request;
    switch (request.kind) {
    case request_kind::sandbox:
      make(request);
      break;
    case request_kind::drop_sandbox:
      sandboxes_.erase(request.sandbox);
      break;
    case request_kind::signal:
      signal(request);
      break;
    default:
      start(*message);
    }
    return true;
  }

  void make(const launch_request& request) {
    auto outcome = make_sandbox(request.sandbox_to_make);
    if (outcome.problem.empty())
      sandboxes_[request.sandbox] = std::move(outcome.made);
    send({.kind = report_kind::sandbox_made, .id = request.id, .problem = outcome.problem});
  }

  void signal(const launch_request& request) {
    const auto it = children_.find(request.id);
    if (it != children_.end() && it->second.pid > 0)
      ::kill(it->second.pid, request.signal);
  }

  void start(const received& message) {
    const auto& request = message.request;
    standard_streams streams{-1, -1, -1};
    for (std::size_t i = 0; i < message.streams.size() && i < streams.size(); ++i)
      streams[i] = message.streams[i].get();
    const auto sandbox_of_pod = sandboxes_.find(request.sandbox);
    const bool needs_sandbox = request.kind != request_kind::plain;
    if (needs_sandbox && sandbox_of_pod == sandboxes_.end())
      return refuse(request.id, "the pod has no sandbox");
    child it{.id = request.id, .report = {}, .told = {}, .sandbox = request.sandbox};
    auto begun = begin(request, needs_sandbox ? &sandbox_of_pod->second : nullptr, streams);
    if (begun.intermediate < 0)
      return refuse(request.id, begun.report ? "cannot fork" : "the container is not running");
    intermediates_.insert(begun.intermediate);
    it.report = std::move(begun.report);
    children_[request.id] = std::move(it);
  }

  process_start begin(const launch_request& request, const sandbox* shared,
                      const standard_streams& streams) {
    if (request.kind == request_kind::plain)
      return start_plain(request, streams);
    if (request.kind == request_kind::container)
      return start_container(request, *shared, streams);
    if (request.kind == request_kind::connect)
      return start_connect(request, *shared);
    const auto container = children_.find(request.joins);
    if (container == children_.end() || container->second.pid < 0)
      return {};
    return start_exec(request, *shared, container->second.pid, streams);
  }

  void refuse(process_id id, const std::string& problem) {
    send({.kind = report_kind::failed, .id = id, .problem = problem});
  }

  /// A process is known by its pid before it is known to have become what it should.
  void read_report(process_id id) {
    auto& it = children_.at(id);
    std::array<char, 4096> text{};
    const auto count = ::read(it.report.get(), text.data(), text.size());
    if (count > 0)
      return hear(it, {text.data(), static_cast<std::size_t>(count)});
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
      return;
    it.report.reset();
    conclude(id);
  }

  void hear(child& it, std::string_view text) {
    it.told += text;
    if (it.pid < 0 && it.told.starts_with('P') && it.told.find('\n') != std::string::npos) {
      std::from_chars(it.told.data() + 1, it.told.data() + it.told.size(), it.pid);
      by_pid_[it.pid] = it.id;
    }
  }

  /// The report has ended: the process is on its way, or it said why not.
  void conclude(process_id id) {
    auto& it = children_.at(id);
    const auto mark = it.told.starts_with('E') ? 0 : it.told.find("\nE") + 1;
    it.has_failed = it.pid < 0 || it.told.find("\nE") != std::string::npos;
    if (!it.has_failed) {
      send({.kind = report_kind::started, .id = id, .pid = it.pid});
    } else {
      launch_report failed{
          .kind = report_kind::failed, .id = id, .problem = "it could not be started"};
      if (mark < it.told.size() && it.told[mark] == 'E') {
        const auto space = it.told.find(' ', mark);
        std::from_chars(it.told.data() + mark + 1, it.told.data() + space, failed.error_number);
        failed.problem = it.told.substr(space + 1, it.told.find('\n', mark) - space - 1);
      }
      send(failed);
    }
    if (it.pid < 0) {
      children_.erase(id);
      return;
    }
    if (const auto ended = unclaimed_.extract(it.pid))
      ended_with(id, ended.mapped());
  }

  void reap() {
    signalfd_siginfo ignored{};
    while (::read(signals_.get(), &ignored, sizeof ignored) > 0) {
    }
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      if (intermediates_.erase(pid) > 0)
        continue;
      const auto known = by_pid_.find(pid);
      if (known == by_pid_.end() || children_.at(known->second).report)
        unclaimed_[pid] = status; // ended before its report was read
      else
        ended_with(known->second, status);
    }
  }

  void ended_with(process_id id, int status) {
    auto& it = children_.at(id);
    by_pid_.erase(it.pid);
    if (!it.has_failed)
      send({.kind = report_kind::exited,
            .id = id,
            .exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status)});
    children_.erase(id);
  }

  /// Never blocks: the server may be waiting for us to take its request.
  void send(const launch_report& report) {
    unsent_.push_back(
        nlohmann::json(report).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    send_waiting();
  }

  void send_waiting() {
    while (!unsent_.empty()) {
      const auto& text = unsent_.front();
      if (::send(server_socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        return;
      unsent_.pop_front();
    }
  }

  descriptor signals_;
  std::map<std::string, sandbox> sandboxes_;
  std::map<process_id, child> children_;
  std::map<pid_t, process_id> by_pid_;
  std::set<pid_t> intermediates_;
  std::map<pid_t, int> unclaimed_;
  std::deque<std::string> unsent_;
};

void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

std::optional<int> container_main(int argc, char** argv) {
  if (argc != 2 || std::string_view{argv[1]} != "--container-launcher")
    return std::nullopt;
  ::setsid(); // what the terminal sends to the server is not for us
  raise_descriptor_limit();
  ::fcntl(server_socket, F_SETFD, FD_CLOEXEC);
  launcher_loop{}.run();
  return 0; // every container dies with us, by PR_SET_PDEATHSIG
}

} // namespace kubesim
