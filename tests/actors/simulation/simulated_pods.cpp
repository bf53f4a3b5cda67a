#include "tests/actors/simulation/simulated_pods.hpp"

#include "actors/freeze_session/session_script.hpp"

#include <algorithm>
#include <sstream>

namespace simulation {

namespace {

k8s::error why(k8s::errc code, const char* detail) {
  k8s::error made;
  made.code = code;
  made.detail = detail;
  made.maybe_applied = true;
  return made;
}

/// The value of a line `name value` of a program's input.
double number_of(const std::string& input, const std::string& name) {
  const auto at = input.rfind("\n" + name + " ");
  return at == std::string::npos ? 0 : std::stod(input.substr(at + name.size() + 2));
}

} // namespace

/// One exec: both ends of its stream.
struct simulated_pods::link {
  k8s::exec_request request;
  k8s::exec_handlers handlers;
  std::string input;           ///< what was written until the program began
  bool is_client_there = true; ///< it hears, and its words arrive
  bool is_over = false;        ///< `on_done` was called
  bool is_abandoned = false;   ///< its operator was killed
  bool has_ended_input = false;
  std::shared_ptr<program> runs;
  simulated_pod* rescues = nullptr; ///< what this rescue, which has begun, is in
  bool is_told = false;             ///< ... and told to thaw

  bool is_rescue() const { return request.command.at(3) == "backup-freeze-rescue"; }
  const std::string& id() const { return request.command.at(4); }
  void say(const std::string& line) const {
    if (is_client_there && !is_over)
      handlers.on_output(k8s::exec_channel::standard_output, line + "\n");
  }
  void finish(k8s::exec_outcome outcome) {
    if (!is_client_there || std::exchange(is_over, true))
      return;
    handlers.on_done(std::move(outcome));
  }
};

/// The freeze session inside the container.
class simulated_pods::program : public std::enable_shared_from_this<program> {
public:
  program(simulated_pods& world, simulated_pod& pod, std::shared_ptr<link> stream)
      : world_{world}, pod_{pod}, stream_{std::move(stream)} {}

  const std::string& id() const { return stream_->id(); }
  bool is_over() const { return is_over_ || !pod_.is_alive; }
  bool is_held() const { return !is_over() && !is_thawing_ && !stream_->is_abandoned; }
  simulated_pod& pod() { return pod_; }

  void start() {
    const auto not_after = k8s::timestamp{
        std::chrono::seconds{static_cast<std::int64_t>(number_of(stream_->input, "not-after"))}};
    if (world_.wall_() >= not_after) {
      is_over_ = true;
      stream_->say("@freeze refused late");
      return stream_->finish(k8s::exec_exited{1});
    }
    const milliseconds most{static_cast<int>(number_of(stream_->input, "max-freeze") * 1000)};
    world_.after(most, [self = shared_from_this()] { self->thaw("timer"); });
    stream_->say("@freeze armed");
    world_.begin(pod_, id());
    if (!world_.manners.pre_hangs)
      world_.after(world_.manners.pre, [self = shared_from_this()] { self->pre_ends(); });
    if (stream_->has_ended_input)
      thaw("eof");
  }

  /// The stream and its program hold each other.
  void forget() { stream_->runs.reset(); }

  void thaw(const char* cause) {
    if (is_over() || std::exchange(is_thawing_, true))
      return;
    world_.end(pod_);
    world_.after(world_.manners.post, [self = shared_from_this(), cause] {
      if (self->is_over())
        return;
      self->is_over_ = true;
      const int code = self->world_.manners.post_fails ? 1 : 0;
      self->stream_->say("@freeze thawed " + std::string{cause} + " post " + std::to_string(code)
                         + " 9");
      self->stream_->finish(k8s::exec_exited{code});
    });
  }

private:
  void pre_ends() {
    if (is_over() || is_thawing_)
      return;
    if (world_.manners.pre_fails) {
      stream_->say("@freeze pre 3");
      return thaw("pre-failed");
    }
    pod_.is_frozen = true;
    stream_->say("@freeze pre 0\n@freeze frozen 5");
  }

  simulated_pods& world_;
  simulated_pod& pod_;
  std::shared_ptr<link> stream_;
  bool is_thawing_ = false, is_over_ = false;
};

/// The operator's end.
class simulated_pods::client final : public k8s::exec_session {
public:
  client(simulated_pods& world, std::shared_ptr<link> stream)
      : world_{world}, stream_{std::move(stream)} {}
  ~client() override { hang_up(); }

  void write(std::string bytes) override {
    if (!stream_->is_client_there)
      return;
    if (stream_->rescues && bytes == freeze_session::thaw_line) {
      stream_->is_told = true; // its word may be on its way longer than its sender lives
      world_.after(2ms, [&world = world_, to = stream_] { world.rescue(to); });
    } else if (!stream_->runs)
      stream_->input += bytes;
    else if (bytes == freeze_session::thaw_line)
      world_.after(2ms, [to = stream_] {
        if (to->is_client_there)
          to->runs->thaw("line");
      });
  }
  void close_stdin() override { end_input(); }
  void abandon() override { hang_up(); }

private:
  void end_input() {
    if (!stream_->is_client_there || std::exchange(stream_->has_ended_input, true))
      return;
    world_.after(5ms, [to = stream_] {
      if (to->runs)
        to->runs->thaw("eof");
    });
  }
  void hang_up() {
    end_input();
    stream_->is_over = true;
  }

  simulated_pods& world_;
  std::shared_ptr<link> stream_;
};

class simulated_pods::execs final : public k8s::exec_opener {
public:
  explicit execs(simulated_pods& world) : world_{world} {}
  bool is_alive = true;

  std::shared_ptr<k8s::exec_session> open(k8s::exec_request what,
                                          k8s::exec_handlers handlers) override {
    auto stream = std::make_shared<link>();
    stream->request = std::move(what);
    stream->handlers = std::move(handlers);
    if (!is_alive) { // the actors of a process that is gone come to their end
      stream->is_over = true;
      stream->handlers.on_done(k8s::exec_refused{why(k8s::errc::not_found, "gone")});
      return std::make_shared<client>(world_, stream);
    }
    world_.links_.push_back(stream);
    // Now and then an exec is late, later than whoever asked for it may live.
    const auto way
        = world_.random_.chance(5) ? world_.random_.span(1s, 40s) : world_.random_.span(5ms, 60ms);
    world_.after(way, [&world = world_, stream] { world.arrive(stream); });
    world_.after(stream->request.deadline, [stream] {
      stream->has_ended_input = true;
      if (stream->runs)
        stream->runs->thaw("eof");
      stream->finish(k8s::exec_lost{why(k8s::errc::timeout, "too late")});
    });
    return std::make_shared<client>(world_, stream);
  }

private:
  simulated_pods& world_;
};

simulated_pods::~simulated_pods() {
  for (const auto& one : programs_)
    one->forget();
}

simulated_pod& simulated_pods::add(const std::string& name) {
  pods_.push_back(std::make_unique<simulated_pod>());
  pods_.back()->name = name;
  return *pods_.back();
}

std::shared_ptr<k8s::exec_opener> simulated_pods::opener() {
  opener_ = std::make_shared<execs>(*this);
  return opener_;
}

void simulated_pods::arrive(const std::shared_ptr<link>& stream) {
  const auto found = std::find_if(pods_.begin(), pods_.end(), [&](const auto& pod) {
    return pod->is_alive && pod->name == stream->request.pod.name;
  });
  if (found == pods_.end())
    return stream->finish(k8s::exec_refused{why(k8s::errc::not_found, "pod not found")});
  if (stream->input.empty()) // the client went before it had written anything
    return;
  auto& pod = **found;
  if (!stream->is_rescue()) {
    stream->runs = std::make_shared<program>(*this, pod, stream);
    programs_.push_back(stream->runs);
    return stream->runs->start();
  }
  stream->rescues = &pod;
  rescues_.push_back(stream);
  stream->say("@rescue here");
}

/// Ends other rescues of the session, and the session; whatever is frozen then is thawed.
void simulated_pods::rescue(const std::shared_ptr<link>& stream) {
  std::erase_if(rescues_, [&](const auto& other) {
    if (other == stream || other->id() != stream->id() || other->rescues != stream->rescues)
      return false;
    other->rescues = nullptr;
    if (!other->is_told) // one that was told ends where it stands
      after(1ms, [other] { other->finish(k8s::exec_exited{137}); });
    return true;
  });
  if (!stream->rescues)
    return stream->finish(k8s::exec_exited{137});
  for (const auto& one : programs_)
    if (&one->pod() == stream->rescues && one->id() == stream->id())
      one->thaw("term");
  after(manners.post, [this, stream] {
    auto* pod = std::exchange(stream->rescues, nullptr);
    if (!pod)
      return stream->finish(k8s::exec_exited{137});
    if (!pod->is_alive)
      return stream->finish(k8s::exec_lost{why(k8s::errc::connection, "reset")});
    for (const auto& one : programs_)
      if (&one->pod() == pod && one->id() != stream->id() && one->is_held())
        pod->wrongs.push_back("I2: a rescue of " + stream->id() + " thaws " + one->id());
    const int code = manners.post_fails ? 1 : 0;
    stream->say("@rescue found 1\n@rescue thawed post " + std::to_string(code));
    stream->finish(k8s::exec_exited{code});
  });
}

void simulated_pods::begin(simulated_pod& pod, const std::string& session) {
  if (pod.is_open())
    pod.wrongs.push_back("I2: " + session + " freezes what " + pod.freezes.back().session
                         + " holds");
  pod.freezes.push_back({now_(), {}, session});
}

void simulated_pods::end(simulated_pod& pod) {
  pod.is_frozen = false;
  if (pod.is_open())
    pod.freezes.back().ended = now_();
}

void simulated_pods::kill_operator() {
  opener_->is_alive = false;
  for (const auto& stream : std::exchange(links_, {})) {
    // Its own actors must end, whatever the containers do meanwhile.
    if (!std::exchange(stream->is_over, true))
      stream->handlers.on_done(k8s::exec_refused{why(k8s::errc::not_found, "gone")});
    stream->is_client_there = false;
    stream->is_abandoned = true;
    if (random_.chance(15))
      continue; // no FIN: the container's own timer is all there is
    after(random_.span(0ms, 900ms), [stream] {
      stream->has_ended_input = true;
      if (stream->runs)
        stream->runs->thaw("eof");
    });
  }
}

void simulated_pods::break_a_stream() {
  std::erase_if(links_, [](const auto& stream) { return stream->is_over; });
  if (links_.empty())
    return;
  const auto stream
      = links_.at(static_cast<std::size_t>(random_.below(static_cast<int>(links_.size()))));
  const auto tell_client = [stream] {
    stream->is_client_there = true;
    stream->finish(k8s::exec_lost{why(k8s::errc::connection, "reset")});
    stream->is_client_there = false;
  };
  if (random_.chance(50)) {
    tell_client();
    return after(random_.span(0ms, 100ms), [stream] {
      stream->has_ended_input = true;
      if (stream->runs)
        stream->runs->thaw("eof");
    });
  }
  stream->is_client_there = false; // silence; the pings find out
  after(10s, [stream, tell_client] { tell_client(); });
}

void simulated_pods::kill_pod(simulated_pod& pod) {
  end(pod);
  pod.is_alive = false;
  for (const auto& stream : links_)
    if (stream->request.pod.name == pod.name && stream->runs)
      stream->finish(k8s::exec_lost{why(k8s::errc::connection, "reset")});
}

} // namespace simulation
