#include "tests/kubesim/kubelet/played_session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace kubesim {

using namespace std::chrono_literals;

/// Its connection keeps it, and so does its timer.
class played_session : public std::enable_shared_from_this<played_session> {
public:
  played_session(std::shared_ptr<session_stage> stage, std::shared_ptr<frame_connection> connection,
                 exec_protocol protocol, session_name name)
      : stage_{std::move(stage)},
        connection_{std::move(connection)},
        protocol_{std::move(protocol)},
        name_{std::move(name)} {}

  void start() {
    connection_->listen(
        [self = shared_from_this()](const std::string& frame) { self->take(frame); },
        [self = shared_from_this()] { self->end_of_input(); });
    connection_->read_next();
    send(exec_channel::output, {});
  }

  void thaw(const char* why, int exit_code) {
    if (is_over_)
      return;
    stage_->frozen_.erase({name_.id, this});
    stage_->tell(name_, "thawed", why);
    say(std::string{"@freeze thawed "} + why + " post 0 0\n");
    end(exit_code);
  }

private:
  void take(const std::string& message) {
    const auto frame = decode_frame(protocol_, message);
    if (frame && frame->channel == exec_channel::input)
      read(frame->payload);
    else if (frame && frame->channel == exec_channel::close)
      end_of_input();
    connection_->read_next();
  }

  void read(const std::string& bytes) {
    rest_ += bytes;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      obey(std::string_view{rest_}.substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
  }

  void obey(std::string_view line) {
    if (!has_program_)
      has_program_ = line == "#END";
    else if (texts_ > 0)
      read_text(line);
    else if (!is_armed_ && line == "go")
      go();
    else if (!is_armed_)
      note(std::string{line});
    else if (line == "thaw")
      is_rescue_ ? rescue() : thaw("line", 0);
  }

  void read_text(std::string_view line) {
    --texts_;
    if (is_pre_ && line.starts_with("sleep "))
      hangs_ = true;
  }

  /// A line of the header.
  void note(const std::string& line) {
    const auto space = std::min(line.find(' '), line.size() - 1);
    const auto name = line.substr(0, space);
    const double value = std::strtod(line.c_str() + space + 1, nullptr);
    if (name == "client" || name == "pre" || name == "post") {
      texts_ = std::lround(value);
      is_pre_ = name == "pre";
    }
    if (name == "max-freeze")
      max_freeze_ = std::chrono::milliseconds{std::lround(1000 * value)};
    else if (name == "not-after")
      not_after_ = std::chrono::seconds{std::lround(value)};
    else if (name == "patience")
      is_rescue_ = true;
  }

  void go() {
    is_armed_ = true;
    if (is_rescue_)
      return say("@rescue here\n");
    if (std::chrono::system_clock::now().time_since_epoch() >= not_after_) {
      say("@freeze refused late\n");
      return end(1);
    }
    stage_->frozen_.insert({name_.id, this});
    stage_->tell(name_, "frozen", "go");
    say(hangs_ ? "@freeze armed\n" : "@freeze armed\n@freeze frozen 0\n");
    timer_ = stage_->clock_.after(max_freeze_,
                                  [self = shared_from_this()] { self->thaw("timer", 1); });
  }

  void rescue() {
    const auto found = stage_->thaw_all(name_.id);
    stage_->tell(name_, "thawed", "rescue");
    say("@rescue found " + std::to_string(found) + "\n@rescue thawed post 0\n");
    end(0);
  }

  void end_of_input() {
    if (is_armed_ && !is_rescue_)
      thaw("eof", 1);
    else
      end(1);
  }

  void say(const std::string& lines) { send(exec_channel::output, lines); }

  void send(exec_channel channel, std::string_view payload) {
    connection_->send(encode_frame(protocol_, channel, payload), [] {});
  }

  void end(int exit_code) {
    if (is_over_)
      return;
    is_over_ = true;
    timer_.reset();
    send(exec_channel::status, status_of_exit(protocol_, exit_code, {}));
    connection_->close();
  }

  std::shared_ptr<session_stage> stage_;
  std::shared_ptr<frame_connection> connection_;
  exec_protocol protocol_;
  session_name name_;
  std::string rest_;
  bool has_program_ = false, is_rescue_ = false, is_armed_ = false, is_over_ = false;
  bool is_pre_ = false; ///< the text that is being read
  bool hangs_ = false;  ///< its pre-hook does
  long texts_ = 0;      ///< lines of a text that are still to come
  std::chrono::milliseconds max_freeze_{60s};
  std::chrono::seconds not_after_{};
  timers::token timer_;
};

session_stage::session_stage(timers clock, session_teller tell)
    : clock_{clock}, tell_{std::move(tell)} {}

session_stage::~session_stage() = default;

void session_stage::play(std::shared_ptr<frame_connection> connection, exec_protocol protocol,
                         session_name name) {
  std::make_shared<played_session>(shared_from_this(), std::move(connection), std::move(protocol),
                                   std::move(name))
      ->start();
}

void session_stage::tell(const session_name& whose, const char* what, const char* why) const {
  if (!tell_)
    return;
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  tell_({{"time", std::chrono::duration_cast<std::chrono::milliseconds>(now).count()},
         {"session", what},
         {"why", why},
         {"user", whose.user},
         {"namespace", whose.pod.name_space},
         {"pod", whose.pod.name},
         {"id", whose.id}});
}

std::size_t session_stage::thaw_all(const std::string& id) {
  std::vector<std::shared_ptr<played_session>> those;
  for (auto it = frozen_.lower_bound({id, nullptr}); it != frozen_.end() && it->first == id; ++it)
    those.push_back(it->second->shared_from_this());
  for (const auto& one : those)
    one->thaw("term", 1);
  return those.size();
}

bool is_freeze_session(const std::vector<std::string>& command) {
  return std::ranges::any_of(command, [](const std::string& word) {
    return word == "backup-freeze-session" || word == "backup-freeze-rescue";
  });
}

} // namespace kubesim
