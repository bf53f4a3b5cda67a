#include "tests/kubesim/kubelet/log_follower.hpp"

#include "tests/kubesim/api/status_error.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <array>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <sys/inotify.h>
#include <unistd.h>

namespace kubesim {
namespace {

std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

/// Woken by each write to the file; looks now and then whether the container or the reader is gone.
class log_follower : public std::enable_shared_from_this<log_follower> {
public:
  log_follower(boost::asio::io_context& loop, timers clock, const std::string& path,
               log_reader reader, std::function<bool()> has_ended)
      : clock_{std::move(clock)},
        file_{::open(path.c_str(), O_RDONLY | O_CLOEXEC)},
        changes_{loop, ::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)},
        reader_{std::move(reader)},
        has_ended_{std::move(has_ended)} {
    ::inotify_add_watch(changes_.native_handle(), path.c_str(), IN_MODIFY);
    ::lseek(file_.get(), 0, SEEK_END);
  }

  /// From `offset` on.
  void start(std::size_t offset) {
    ::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET);
    wait();
    look_around();
  }

private:
  void wait() {
    changes_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [self = shared_from_this()](const boost::system::error_code& failed) {
          if (failed)
            return;
          std::array<char, 4096> events;
          while (::read(self->changes_.native_handle(), events.data(), events.size()) > 0) {
          }
          self->copy();
          self->wait();
        });
  }

  void copy() {
    std::array<char, 16 * 1024> text;
    ssize_t count = 0;
    while ((count = ::read(file_.get(), text.data(), text.size())) > 0)
      reader_.write({text.data(), static_cast<std::size_t>(count)});
  }

  void look_around() {
    const bool is_over = has_ended_();
    copy();
    if (is_over || reader_.is_gone()) {
      boost::system::error_code ignored;
      changes_.close(ignored); // the wait ends, and with it we
      return;
    }
    next_look_ = clock_.after(std::chrono::milliseconds{200}, [weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->look_around();
    });
  }

  timers clock_;
  descriptor file_;
  boost::asio::posix::stream_descriptor changes_;
  log_reader reader_;
  std::function<bool()> has_ended_;
  timers::token next_look_;
};

} // namespace

std::string last_lines(const std::string& text, std::int64_t count) {
  if (count <= 0)
    return {};
  auto position = text.size();
  if (position > 0 && text.back() == '\n')
    --position;
  for (; position > 0; --position)
    if (text[position - 1] == '\n' && --count == 0)
      break;
  return text.substr(position);
}

std::optional<refusal> send_log(pod_store& pods, boost::asio::io_context& loop,
                                const log_wishes& wishes, log_reader reader) {
  auto* worker = pods.find(wishes.pod);
  auto* container = worker ? worker->find(wishes.container) : nullptr;
  const auto waits = "container \"" + wishes.container + "\" in pod \"" + wishes.pod.name
                     + "\" is waiting to start";
  if (!container)
    return status_error::bad_request(waits);
  if (container->facts().container_id.empty() && pods.context().options.run_processes)
    return status_error::bad_request(waits + ": " + container->facts().reason);
  if (wishes.of_previous && container->facts().restart_count == 0)
    return status_error::bad_request("previous terminated container \"" + wishes.container
                                     + "\" in pod \"" + wishes.pod.name + "\" not found");
  const auto path = container->log_file(wishes.of_previous);
  const auto text = content_of(path);
  reader.write(wishes.tail_lines ? last_lines(text, *wishes.tail_lines) : text);
  if (!wishes.follow || wishes.of_previous)
    return std::nullopt;
  const auto uid = uid_of(worker->pod());
  std::make_shared<log_follower>(loop, pods.context().clock, path, std::move(reader),
                                 [&pods, wishes, uid, path] {
                                   auto* now = pods.find(wishes.pod);
                                   if (!now || uid_of(now->pod()) != uid)
                                     return true;
                                   const auto* run = now->find(wishes.container);
                                   return !run->is_running() || run->log_file(false) != path;
                                 })
      ->start(text.size());
  return std::nullopt;
}

} // namespace kubesim
