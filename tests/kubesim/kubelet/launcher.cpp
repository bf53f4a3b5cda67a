#include "tests/kubesim/kubelet/launcher.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unordered_map>

namespace kubesim {
namespace {

constexpr int socket_of_launcher = 3;
constexpr int patience_at_start_ms = 20'000;
/// Set for the launcher, so that a main() which forgot `container_main` does not start itself for
/// ever.
constexpr const char* launcher_mark = "KUBESIM_LAUNCHER";

std::vector<std::string> marked_environment() {
  std::vector<std::string> all;
  for (char** it = environ; *it; ++it)
    all.emplace_back(*it);
  all.push_back(std::string{launcher_mark} + "=1");
  return all;
}

pid_t spawn(const std::filesystem::path& program, int socket) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, socket, socket_of_launcher);
  std::string name = "kubesim-launcher", mode = "--container-launcher";
  std::array<char*, 3> arguments{name.data(), mode.data(), nullptr};
  auto environment = marked_environment();
  std::vector<char*> variables;
  for (auto& variable : environment)
    variables.push_back(variable.data());
  variables.push_back(nullptr);
  pid_t pid = -1;
  const int failed
      = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, arguments.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    throw std::runtime_error("cannot start the container launcher " + program.string() + ": "
                             + std::strerror(failed));
  return pid;
}

void send_with_descriptors(int socket, const std::vector<int>& fds) {
  char byte = 'r';
  iovec place{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(4 * sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
  auto* part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET;
  part->cmsg_type = SCM_RIGHTS;
  part->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
  std::memcpy(CMSG_DATA(part), fds.data(), fds.size() * sizeof(int));
  while (::sendmsg(socket, &message, MSG_NOSIGNAL) < 0 && errno == EINTR) {
  }
}

descriptor memory_file_with(const std::string& text) {
  descriptor file{::memfd_create("launch-request", MFD_CLOEXEC)};
  [[maybe_unused]] auto written = ::write(file.get(), text.data(), text.size());
  return file;
}

} // namespace

struct launcher::connection : std::enable_shared_from_this<connection> {
  connection(boost::asio::io_context& loop, int fd) : socket{loop, fd} {}

  void send(const launch_request& request, const std::vector<int>& streams) {
    const auto text
        = nlohmann::json(request).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto body = memory_file_with(text);
    std::vector<int> fds{body.get()};
    fds.insert(fds.end(), streams.begin(), streams.end());
    send_with_descriptors(socket.native_handle(), fds);
  }

  /// Nothing if none has come.
  std::optional<launch_report> receive() {
    std::array<char, 8192> text;
    const auto count = ::recv(socket.native_handle(), text.data(), text.size(), MSG_DONTWAIT);
    if (count <= 0)
      return std::nullopt;
    return nlohmann::json::parse(text.data(), text.data() + count).get<launch_report>();
  }

  void listen() {
    socket.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](const boost::system::error_code& failed) {
                        if (failed || !self->socket.is_open())
                          return;
                        while (auto report = self->receive())
                          self->tell(*report);
                        if (self->socket.is_open())
                          self->listen();
                      });
  }

  void tell(const launch_report& report) {
    const auto it = listeners.find(report.id);
    if (it == listeners.end())
      return;
    auto call = it->second;
    if (report.kind != report_kind::started)
      listeners.erase(it);
    call(report);
  }

  boost::asio::posix::stream_descriptor socket;
  std::unordered_map<process_id, listener> listeners;
  process_id last = 0;
  pid_t pid = -1;
};

launcher::launcher(boost::asio::io_context& loop, const std::filesystem::path& program) {
  if (std::getenv(launcher_mark))
    throw std::runtime_error("main() must call kubesim::container_main first");
  int ends[2] = {-1, -1};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
    throw std::runtime_error(std::string{"cannot make a socket: "} + std::strerror(errno));
  const descriptor theirs{ends[1]};
  connection_ = std::make_shared<connection>(loop, ends[0]);
  connection_->pid = spawn(program, theirs.get());
  if (wait_for_last(patience_at_start_ms).kind != report_kind::ready)
    throw std::runtime_error("the container launcher " + program.string() + " does not answer");
  connection_->listen();
}

launcher::~launcher() {
  boost::system::error_code ignored;
  connection_->listeners.clear();
  connection_->socket.close(ignored);
  ::waitpid(connection_->pid, nullptr, 0);
}

void launcher::make_sandbox(const std::string& name, const sandbox_spec& spec, listener on_report) {
  launch_request request{.kind = request_kind::sandbox, .sandbox = name, .sandbox_to_make = spec};
  start(std::move(request), {-1, -1, -1}, std::move(on_report));
}

void launcher::drop_sandbox(const std::string& name) {
  connection_->send({.kind = request_kind::drop_sandbox, .sandbox = name}, {});
}

process_id launcher::start(launch_request request, const std::array<int, 3>& streams,
                           listener on_report) {
  request.id = ++connection_->last;
  connection_->listeners[request.id] = std::move(on_report);
  const bool has_streams = streams[0] >= 0;
  connection_->send(request, has_streams ? std::vector<int>{streams.begin(), streams.end()}
                                         : std::vector<int>{});
  return request.id;
}

void launcher::signal(process_id process, int number) {
  connection_->send({.kind = request_kind::signal, .id = process, .signal = number}, {});
}

void launcher::forget(process_id process) {
  connection_->listeners.erase(process);
}

launch_report launcher::wait_for_last(int limit_ms) {
  const auto process = connection_->last;
  const auto limit = std::chrono::steady_clock::now() + std::chrono::milliseconds{limit_ms};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        limit - std::chrono::steady_clock::now());
    pollfd wait{connection_->socket.native_handle(), POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wait, 1, static_cast<int>(left.count())) <= 0)
      return {.kind = report_kind::failed, .id = process, .problem = "no answer"};
    auto report = connection_->receive();
    if (!report)
      return {.kind = report_kind::failed, .id = process, .problem = "the launcher died"};
    if (report->id == process)
      return *report;
    connection_->tell(*report);
  }
}

} // namespace kubesim
