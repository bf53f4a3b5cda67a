#include "tests/kubesim/kubelet/exec_session.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <csignal>
#include <fcntl.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace kubesim {
namespace {

using boost::asio::posix::stream_descriptor;
using boost::system::error_code;

/// What the kubelet reads at a time, so that a frame is at most one byte longer.
constexpr std::size_t largest_payload = 32 * 1024;

/// The process's ends and ours of its streams.
struct exec_streams {
  std::array<descriptor, 3> theirs;
  descriptor input, output, error; ///< ours; with a terminal the output is also the input
};

descriptor nothing() {
  return descriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
}

exec_streams open_pipes(const exec_wishes& wishes) {
  exec_streams all;
  const auto from_process = [](bool is_wanted, descriptor& theirs, descriptor& ours) {
    if (!is_wanted) {
      theirs = nothing();
      return;
    }
    auto ends = make_pipe();
    theirs = std::move(ends.write);
    ours = std::move(ends.read);
  };
  from_process(wishes.wants_output, all.theirs[1], all.output);
  from_process(wishes.wants_error, all.theirs[2], all.error);
  if (!wishes.wants_input) {
    all.theirs[0] = nothing();
    return all;
  }
  auto ends = make_pipe();
  all.theirs[0] = std::move(ends.read);
  all.input = std::move(ends.write);
  return all;
}

exec_streams open_terminal(const exec_wishes& wishes) {
  exec_streams all;
  int ours = -1, theirs = -1;
  if (::openpty(&ours, &theirs, nullptr, nullptr, nullptr) != 0)
    return all;
  for (const int fd : {ours, theirs})
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  all.output = descriptor{ours};
  if (wishes.wants_input)
    all.input = descriptor{::fcntl(ours, F_DUPFD_CLOEXEC, 0)};
  all.theirs[0] = descriptor{theirs};
  for (std::size_t i = 1; i < 3; ++i)
    all.theirs[i] = descriptor{::fcntl(theirs, F_DUPFD_CLOEXEC, 0)};
  return all;
}

const char* name_of(exec_channel channel) {
  switch (channel) {
  case exec_channel::input:
    return "stdin";
  case exec_channel::output:
    return "stdout";
  case exec_channel::error:
    return "stderr";
  case exec_channel::status:
    return "status";
  case exec_channel::resize:
    return "resize";
  case exec_channel::close:
    return "close";
  }
  return "";
}

class exec_session : public std::enable_shared_from_this<exec_session> {
public:
  exec_session(exec_place place, std::shared_ptr<frame_connection> connection,
               exec_protocol protocol, exec_wishes wishes)
      : place_{place},
        connection_{std::move(connection)},
        protocol_{std::move(protocol)},
        wishes_{std::move(wishes)},
        input_{place.loop},
        output_{place.loop, exec_channel::output},
        error_{place.loop, exec_channel::error} {}

  void start(container_run& container) {
    connection_->listen(
        [self = shared_from_this()](std::string frame) { self->take(std::move(frame)); },
        [self = shared_from_this()] { self->lose_client(); });
    connection_->read_next();
    send(lowest_readable_channel(), {}, [] {});
    auto streams = wishes_.has_terminal ? open_terminal(wishes_) : open_pipes(wishes_);
    container.exec(
        wishes_.command, wishes_.has_terminal,
        {streams.theirs[0].get(), streams.theirs[1].get(), streams.theirs[2].get()},
        [self = shared_from_this()](const launch_report& report) { self->hear(report); });
    adopt(input_, streams.input);
    open(output_, streams.output);
    open(error_, streams.error);
  }

private:
  exec_channel lowest_readable_channel() const {
    if (wishes_.wants_output)
      return exec_channel::output;
    return wishes_.wants_error ? exec_channel::error : exec_channel::status;
  }

  /// One stream of the process, pumped into its channel.
  struct outlet {
    outlet(boost::asio::io_context& loop, exec_channel to) : from{loop}, channel{to} {}
    stream_descriptor from;
    exec_channel channel;
    std::array<char, largest_payload> buffer{};
  };

  static void adopt(stream_descriptor& to, descriptor& fd) {
    if (fd)
      to.assign(fd.release());
  }

  void open(outlet& it, descriptor& fd) {
    adopt(it.from, fd);
    if (it.from.is_open())
      pump(it);
  }

  void pump(outlet& it) {
    it.from.async_read_some(boost::asio::buffer(it.buffer),
                            [self = shared_from_this(), &it](error_code failed, std::size_t count) {
                              if (failed)
                                self->end(it); // end of file; EIO from a terminal nobody holds
                              else
                                self->forward(it, count);
                            });
  }

  /// Reads on only when the client has taken it.
  void forward(outlet& it, std::size_t count) {
    send(it.channel, {it.buffer.data(), count},
         [self = shared_from_this(), &it] { self->pump(it); });
  }

  void end(outlet& it) {
    error_code ignored;
    it.from.close(ignored);
    conclude_if_over();
  }

  void hear(const launch_report& report) {
    if (report.kind == report_kind::started)
      return;
    if (report.kind == report_kind::failed) {
      const auto command = wishes_.command.empty() ? std::string{} : wishes_.command.front();
      status_ = status_of_failed_start(command, report.problem);
    } else {
      status_ = status_of_exit(protocol_, report.exit_code, wishes_.command);
    }
    conclude_if_over();
  }

  /// The Status is the last word: not before all output has been read.
  void conclude_if_over() {
    if (status_.empty() || output_.from.is_open() || error_.from.is_open() || is_over_)
      return;
    is_over_ = true;
    close_input();
    const auto close = [self = shared_from_this()] { self->connection_->close(); };
    if (protocol_.version >= 4)
      send(exec_channel::status, status_, close);
    else
      close();
  }

  void take(std::string message) {
    auto frame = decode_frame(protocol_, message);
    if (!frame)
      return connection_->read_next();
    pass(
        frame->channel,
        [self = shared_from_this(), frame = std::move(*frame)]() mutable {
          self->serve(std::move(frame));
        },
        [self = shared_from_this()] { self->connection_->read_next(); });
  }

  void serve(exec_frame frame) {
    if (frame.channel == exec_channel::input && input_.is_open())
      return write_input(std::move(frame.payload));
    if (frame.channel == exec_channel::resize)
      resize(frame.payload);
    if (frame.channel == exec_channel::close && protocol_.version >= 5
        && frame.payload == std::string(1, '\0'))
      close_input();
    connection_->read_next();
  }

  /// The next frame is read when the process has taken this one.
  void write_input(std::string text) {
    const auto kept = std::make_shared<std::string>(std::move(text));
    boost::asio::async_write(input_, boost::asio::buffer(*kept),
                             [self = shared_from_this(), kept](error_code failed, std::size_t) {
                               if (failed)
                                 self->close_input(); // the process reads no more
                               self->connection_->read_next();
                             });
  }

  void close_input() {
    error_code ignored;
    if (wishes_.has_terminal && input_.is_open() && !is_over_) {
      const char end_of_transmission = 4;
      [[maybe_unused]] auto written = ::write(input_.native_handle(), &end_of_transmission, 1);
    }
    input_.close(ignored);
  }

  void resize(const std::string& payload) {
    const auto size = nlohmann::json::parse(payload, nullptr, false);
    if (!wishes_.has_terminal || !size.is_object() || !output_.from.is_open())
      return;
    winsize wanted{};
    wanted.ws_col = size.value("Width", std::uint16_t{80});
    wanted.ws_row = size.value("Height", std::uint16_t{24});
    ::ioctl(output_.from.native_handle(), TIOCSWINSZ, &wanted);
  }

  void lose_client() {
    is_alone_ = true;
    close_input();
  }

  void send(exec_channel channel, std::string_view payload, std::function<void()> when_sent) {
    if (is_alone_) { // later, or a stream without end would never return to the loop
      place_.clock.post(std::move(when_sent));
      return;
    }
    auto frame = encode_frame(protocol_, channel, payload);
    pass(
        channel,
        [self = shared_from_this(), frame = std::move(frame), when_sent]() mutable {
          self->connection_->send(std::move(frame), std::move(when_sent));
        },
        when_sent);
  }

  /// Lets a frame through the faults' seam: what goes on with it, what happens if it is lost.
  void pass(exec_channel channel, std::function<void()> go_on, std::function<void()> skip) {
    const auto verdict = place_.faults.next({.at = passage::point::exec_frame,
                                             .user = {},
                                             .verb = name_of(channel),
                                             .resource = "pods",
                                             .subresource = "exec",
                                             .name_space = wishes_.pod.name_space,
                                             .name = wishes_.pod.name});
    if (const auto* wait = std::get_if<delay>(&verdict)) {
      auto timer = std::make_shared<timers::token>();
      *timer = place_.clock.after(wait->time, [go_on, timer] {
        timer->reset();
        go_on();
      });
    } else if (std::holds_alternative<kubesim::pass>(verdict)) {
      go_on();
    } else if (std::holds_alternative<swallow>(verdict)) {
      skip();
    } else {
      connection_->drop();
      skip();
    }
  }

  exec_place place_;
  std::shared_ptr<frame_connection> connection_;
  exec_protocol protocol_;
  exec_wishes wishes_;
  stream_descriptor input_;
  outlet output_, error_;
  std::string status_;
  bool is_alone_ = false; ///< the client is gone
  bool is_over_ = false;
};

} // namespace

void run_exec_session(exec_place place, std::shared_ptr<frame_connection> connection,
                      exec_protocol protocol, exec_wishes wishes, container_run& container) {
  std::make_shared<exec_session>(place, std::move(connection), std::move(protocol),
                                 std::move(wishes))
      ->start(container);
}

} // namespace kubesim
