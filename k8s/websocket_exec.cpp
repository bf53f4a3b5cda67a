#include "k8s/client.hpp"
#include "k8s/config/connection_config.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/exec.hpp"
#include "k8s/exec_connection.hpp"
#include "k8s/exec_stream.hpp"
#include "k8s/server_address.hpp"
#include "k8s/tls_context.hpp"

#include <atomic>
#include <deque>
#include <unordered_map>

namespace k8s {
namespace {

class running_session;

/// What the sessions of one opener share.
struct endpoint {
  event_loop& loop;
  std::shared_ptr<const connection_config> config;
  server_address address;
  std::shared_ptr<tls_context> tls; ///< null for plain HTTP
  /// Keeps the sessions alive until they end; touched on the loop's thread only.
  std::unordered_map<running_session*, std::shared_ptr<running_session>> sessions;
  bool is_closed = false; ///< the opener is gone; on the loop's thread only
};

result<std::shared_ptr<endpoint>> make_endpoint(event_loop& loop,
                                                std::shared_ptr<const connection_config> config) {
  auto address = parse_server_address(config->server);
  if (!address)
    return std::move(address).error();
  std::shared_ptr<tls_context> tls;
  if (address->is_tls) {
    auto made = tls_context::make(*config, address->host);
    if (!made)
      return std::move(made).error();
    tls = std::move(*made);
  }
  return std::make_shared<endpoint>(
      endpoint{loop, std::move(config), std::move(*address), std::move(tls), {}, false});
}

/// Set when the owner has destroyed its session: no further callback.
using mute_flag = std::shared_ptr<std::atomic<bool>>;

constexpr const char* opener_ended = "the exec opener has ended";

enum class stage {
  connecting, ///< the server has not seen the request
  upgrading,  ///< it may have begun to act
  open,
  over,
};

/// One session on the loop's thread: from connecting to exactly one outcome.
class running_session final : public std::enable_shared_from_this<running_session>,
                              private exec_connection_observer {
public:
  running_session(std::shared_ptr<endpoint> server, exec_request what, exec_handlers handlers,
                  mute_flag muted)
      : server_{std::move(server)},
        what_{std::move(what)},
        handlers_{std::move(handlers)},
        muted_{std::move(muted)},
        call_{exec_upgrade_request(what_)},
        decoder_{call_.summary()} {}

  void start();
  void write(const std::string& bytes);
  void close_stdin();
  void lose(errc cause, std::string detail);
  /// Ends it without a callback.
  void forget();

private:
  void on_sending_upgrade() override { stage_ = stage::upgrading; }
  void on_upgraded(std::string protocol) override;
  void on_declined(response answer) override;
  void on_message(std::string_view message) override;
  void on_written() override;
  void on_end(errc cause, std::string detail) override;

  bool is_muted() const { return muted_->load(); }
  void send_next();
  void expire(const char* what);
  error failure(errc cause, std::string detail, bool maybe_applied) const;
  exec_outcome broken_off(errc cause, std::string detail) const;
  void finish(exec_outcome outcome);

  std::shared_ptr<endpoint> server_;
  exec_request what_;
  exec_handlers handlers_;
  mute_flag muted_;
  request call_;
  exec_stream_decoder decoder_;
  stage stage_ = stage::connecting;
  bool has_half_close_ = true;
  bool is_writing_ = false;
  std::deque<std::string> unsent_;
  event_loop::timer open_timer_, deadline_timer_;
  std::shared_ptr<exec_connection> connection_;
};

void running_session::start() {
  if (is_muted())
    return;
  if (server_->is_closed)
    return lose(errc::cancelled, opener_ended);
  server_->sessions.emplace(this, shared_from_this());
  open_timer_ = server_->loop.run_after(what_.open_deadline, [this] { expire("open deadline"); });
  deadline_timer_ = server_->loop.run_after(what_.deadline, [this] { expire("deadline"); });

  const auto& config = *server_->config;
  upgrade_request upgrade{
      .target = server_->address.prefix + call_.target(),
      .headers = {{"User-Agent", config.user_agent},
                  {"Sec-WebSocket-Protocol",
                   std::string{exec_protocol_v5}.append(", ").append(exec_protocol_v4)}},
      .ping_interval = what_.ping_interval,
  };
  if (const auto token = config.token ? config.token() : std::string{}; !token.empty())
    upgrade.headers.emplace_back("Authorization", "Bearer " + token);
  connection_
      = make_exec_connection(server_->loop.context(), server_->address, server_->tls, *this);
  connection_->open(std::move(upgrade));
}

void running_session::write(const std::string& bytes) {
  if (stage_ == stage::over)
    return;
  for (auto& message : stdin_messages(bytes))
    unsent_.push_back(std::move(message));
  send_next();
}

void running_session::close_stdin() {
  if (stage_ == stage::over || !has_half_close_)
    return;
  unsent_.push_back(close_stdin_message());
  send_next();
}

void running_session::on_upgraded(std::string protocol) {
  const auto self = shared_from_this();
  has_half_close_ = protocol == exec_protocol_v5;
  if (!has_half_close_ && protocol != exec_protocol_v4)
    return lose(errc::protocol, "the server chose the protocol `" + protocol + "`");
  stage_ = stage::open;
  open_timer_.cancel();
  call_.query.clear(); // thousands of sessions may be open for long
  if (!has_half_close_)
    std::erase(unsent_, close_stdin_message());
  if (!is_muted() && handlers_.on_open)
    handlers_.on_open(protocol);
  send_next();
}

/// A gateway's answer says nothing of what the server behind it did.
bool is_from_gateway(const response& answer) {
  return answer.status == 502 || answer.status == 504;
}

void running_session::on_declined(response answer) {
  if (answer.status >= 200 && answer.status < 300)
    return finish(exec_refused{
        failure(errc::protocol,
                "the server answered without an upgrade: " + answer.body.substr(0, 200), false)});
  auto cause = error_of(answer, call_);
  if (!is_from_gateway(answer))
    return finish(exec_refused{std::move(cause)});
  cause.maybe_applied = true;
  finish(exec_lost{std::move(cause)});
}

void running_session::on_message(std::string_view message) {
  const auto self = shared_from_this();
  auto decoded = decoder_.decode(message);
  if (const auto* output = std::get_if<exec_output>(&decoded)) {
    if (!is_muted() && handlers_.on_output)
      handlers_.on_output(output->channel, output->bytes);
  } else if (auto* outcome = std::get_if<exec_outcome>(&decoded)) {
    std::exchange(connection_, nullptr)->leave();
    finish(std::move(*outcome));
  } else if (auto* garbage = std::get_if<exec_garbage>(&decoded)) {
    lose(errc::protocol, std::move(garbage->detail));
  }
}

void running_session::on_written() {
  is_writing_ = false;
  send_next();
}

void running_session::on_end(errc cause, std::string detail) {
  finish(broken_off(cause, std::move(detail)));
}

void running_session::send_next() {
  if (stage_ != stage::open || is_writing_ || unsent_.empty())
    return;
  is_writing_ = true;
  auto message = std::move(unsent_.front());
  unsent_.pop_front();
  connection_->write(std::move(message));
}

void running_session::expire(const char* what) {
  finish(broken_off(errc::timeout, std::string{"the "} + what + " has passed"));
}

void running_session::lose(errc cause, std::string detail) {
  finish(exec_lost{failure(cause, std::move(detail), stage_ != stage::connecting)});
}

error running_session::failure(errc cause, std::string detail, bool maybe_applied) const {
  error made;
  made.code = cause;
  made.attempted = call_.summary();
  made.detail = std::move(detail);
  made.maybe_applied = maybe_applied;
  return made;
}

/// Before the request was sent nothing can have run; later nobody knows.
exec_outcome running_session::broken_off(errc cause, std::string detail) const {
  if (stage_ == stage::connecting)
    return exec_refused{failure(cause, std::move(detail), false)};
  return exec_lost{failure(cause, std::move(detail), true)};
}

void running_session::forget() {
  muted_->store(true);
  finish(exec_lost{});
}

void running_session::finish(exec_outcome outcome) {
  if (stage_ == stage::over)
    return;
  stage_ = stage::over;
  const auto self = shared_from_this();
  server_->sessions.erase(this);
  open_timer_.cancel();
  deadline_timer_.cancel();
  unsent_.clear();
  if (connection_)
    connection_->drop();
  const auto on_done = std::exchange(handlers_, {}).on_done;
  if (!is_muted() && on_done)
    on_done(std::move(outcome));
}

/// The owner's end: passes everything on to the loop.
class session_handle final : public exec_session {
public:
  session_handle(event_loop& loop, std::weak_ptr<running_session> session, mute_flag muted)
      : loop_{loop}, session_{std::move(session)}, muted_{std::move(muted)} {}

  ~session_handle() override {
    muted_->store(true);
    if (!session_.expired())
      tell([](running_session& session) { session.forget(); });
  }

  void write(std::string bytes) override {
    tell([bytes = std::move(bytes)](running_session& session) { session.write(bytes); });
  }

  void close_stdin() override {
    tell([](running_session& session) { session.close_stdin(); });
  }

  void abandon() override {
    tell([](running_session& session) { session.lose(errc::cancelled, "the exec was abandoned"); });
  }

private:
  template <class Order>
  void tell(Order order) {
    loop_.post([session = session_, order = std::move(order)] {
      if (const auto running = session.lock())
        order(*running);
    });
  }

  event_loop& loop_;
  std::weak_ptr<running_session> session_;
  mute_flag muted_;
};

class websocket_exec final : public exec_opener {
public:
  websocket_exec(event_loop& loop, std::shared_ptr<const connection_config> config)
      : loop_{loop}, server_{make_endpoint(loop, std::move(config))} {}

  ~websocket_exec() override {
    if (server_)
      loop_.call([this] {
        (*server_)->is_closed = true;
        while (!(*server_)->sessions.empty())
          (*server_)->sessions.begin()->second->lose(errc::cancelled, opener_ended);
      });
  }

  std::shared_ptr<exec_session> open(exec_request what, exec_handlers handlers) override;

private:
  event_loop& loop_;
  result<std::shared_ptr<endpoint>> server_;
};

std::shared_ptr<exec_session> websocket_exec::open(exec_request what, exec_handlers handlers) {
  auto muted = std::make_shared<std::atomic<bool>>(false);
  if (!server_) {
    loop_.post([muted, cause = server_.error(), on_done = std::move(handlers.on_done)] {
      if (!*muted && on_done)
        on_done(exec_refused{cause});
    });
    return std::make_shared<session_handle>(loop_, std::weak_ptr<running_session>{}, muted);
  }
  const auto session
      = std::make_shared<running_session>(*server_, std::move(what), std::move(handlers), muted);
  loop_.post([session] { session->start(); });
  return std::make_shared<session_handle>(loop_, session, std::move(muted));
}

} // namespace

std::unique_ptr<exec_opener> make_websocket_exec(event_loop& loop,
                                                 std::shared_ptr<const connection_config> config) {
  return std::make_unique<websocket_exec>(loop, std::move(config));
}

} // namespace k8s
