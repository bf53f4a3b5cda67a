#pragma once

#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/server.hpp"
#include "tests/kubesim/http/watch_session.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace kubesim::http {

/// What the connections share.
struct server_core {
  server_core(boost::asio::io_context& on, served_cluster what, server_options how,
              std::string address)
      : loop{on},
        cluster{what},
        options{std::move(how)},
        log{options.log_request_line},
        service{cluster, std::move(address), log} {}

  boost::asio::io_context& loop;
  served_cluster cluster;
  server_options options;
  request_log log;
  api_service service;
};

/// What the server needs to know of a connection to close it.
class closable {
public:
  virtual ~closable() = default;
  virtual void close() = 0;
};

/// One client: reads requests and writes their answers one after the other. A watch or a log holds
/// the connection until it ends; an exec takes it away. Lives by the operations that are pending.
template <class Stream>
class connection final : public closable, public std::enable_shared_from_this<connection<Stream>> {
public:
  connection(std::unique_ptr<Stream> stream, std::shared_ptr<server_core> core, credentials shown)
      : stream_{std::move(stream)},
        core_{std::move(core)},
        shown_{std::move(shown)},
        timer_{core_->loop} {}

  void read_request() {
    parser_.emplace();
    parser_->body_limit(largest_read);
    boost::beast::http::async_read_header(
        *stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code failed, std::size_t) {
          self->on_header(failed);
        });
  }

  void close() override {
    if (watch_)
      watch_->stop();
    watch_.reset();
    timer_.cancel();
    is_closed_ = true;
    if (!stream_)
      return;
    boost::system::error_code ignored;
    lowest().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_both, ignored);
    lowest().socket().close(ignored);
  }

  // -- the answer in pieces, for watches and logs

  void begin_stream(const std::string& content_type) {
    is_streaming_ = true;
    note(200);
    outbox_ = "HTTP/1.1 200 OK\r\nContent-Type: " + content_type
              + "\r\nCache-Control: no-cache, private\r\nTransfer-Encoding: chunked\r\n\r\n";
    flush();
    watch_for_hangup();
  }

  void send_chunk(std::string_view text) {
    if (is_closed_ || text.empty())
      return;
    char size[24];
    auto length = std::snprintf(size, sizeof size, "%zx\r\n", text.size());
    outbox_.append(size, static_cast<std::size_t>(length)).append(text).append("\r\n");
    // A client that does not read must not cost memory without end.
    if (outbox_.size() > largest_backlog)
      return close();
    flush();
  }

  void end_stream() {
    if (is_closed_ || !is_streaming_)
      return;
    is_streaming_ = false;
    outbox_ += "0\r\n\r\n";
    flush();
  }

  bool is_closed() const { return is_closed_; }
  bool is_streaming() const { return is_streaming_; }

  void answer(outgoing what) {
    if (is_closed_)
      return;
    if (what.wait.count() > 0) {
      auto wait = std::exchange(what.wait, {});
      return after(wait, [self = this->shared_from_this(), what = std::move(what)]() mutable {
        self->answer(std::move(what));
      });
    }
    if (lateness_.count() > 0) {
      what.wait = std::exchange(lateness_, {});
      return answer(std::move(what));
    }
    note(what.code);
    if (is_dropped_)
      return close();
    is_truncated_ ? write_half(what) : write(std::move(what));
  }

private:
  using error_code = boost::system::error_code;
  static constexpr std::uint64_t largest_body = 3 * 1024 * 1024;
  /// More is read than accepted, so that the client gets to see the refusal.
  static constexpr std::uint64_t largest_read = 5 * largest_body;
  static constexpr std::size_t largest_backlog = 64 * 1024 * 1024;

  class log_sink_of;

  auto& lowest() { return boost::beast::get_lowest_layer(*stream_); }

  void on_header(error_code failed) {
    namespace http = boost::beast::http;
    if (failed == http::error::body_limit)
      return refuse_size();
    if (failed)
      return close();
    if (parser_->get()[http::field::expect] != "100-continue")
      return read_body();
    boost::asio::async_write(*stream_, boost::asio::buffer(std::string_view{go_on}),
                             [self = this->shared_from_this()](error_code broken, std::size_t) {
                               if (broken)
                                 return self->close();
                               self->read_body();
                             });
  }

  void read_body() {
    boost::beast::http::async_read(
        *stream_, buffer_, *parser_,
        [self = this->shared_from_this()](error_code failed, std::size_t) {
          if (failed == boost::beast::http::error::body_limit)
            return self->refuse_size();
          if (failed)
            return self->close();
          self->on_request();
        });
  }

  void refuse_size() {
    keeps_alive_ = false;
    started_ = std::chrono::steady_clock::now();
    answer(refused(
        status_error::of(413, "RequestEntityTooLarge",
                         "Request entity too large: limit is " + std::to_string(largest_body))));
  }

  void on_request() {
    started_ = std::chrono::steady_clock::now();
    head_ = parser_->release();
    keeps_alive_ = head_.keep_alive();
    is_dropped_ = is_truncated_ = false;
    lateness_ = {};
    stale_by_ = 0;
    auto shown = shown_;
    auto authorization = std::string{head_[boost::beast::http::field::authorization]};
    if (authorization.starts_with("Bearer "))
      shown.bearer_token = authorization.substr(7);
    now_ = core_->service.receive(request(), shown);
    if (head_.body().size() > largest_body)
      return refuse_size();
    auto decided = now_.is_control() ? fault{pass{}} : core_->cluster.faults.next(now_.seen_as());
    std::visit([this](const auto& what) { meet(what); }, decided);
  }

  incoming request() {
    using field = boost::beast::http::field;
    incoming made;
    made.method = std::string{head_.method_string()};
    std::string_view target{head_.target().data(), head_.target().size()};
    auto mark = target.find('?');
    made.path = std::string{target.substr(0, mark)};
    if (mark != std::string_view::npos)
      made.parameters = parse_query(target.substr(mark + 1));
    made.accept = std::string{head_[field::accept]};
    made.content_type = std::string{head_[field::content_type]};
    made.user_agent = std::string{head_[field::user_agent]};
    made.body = head_.body();
    made.acts_as = impersonation_asked_for();
    return made;
  }

  std::optional<impersonation> impersonation_asked_for() const {
    impersonation wish{.user = std::string{head_["Impersonate-User"]},
                       .uid = std::string{head_["Impersonate-Uid"]}};
    if (wish.user.empty())
      return std::nullopt;
    auto [first, last] = head_.equal_range("Impersonate-Group");
    for (; first != last; ++first)
      wish.groups.emplace_back(first->value());
    return wish;
  }

  void meet(const pass&) { serve(); }
  void meet(const swallow&) { serve(); }
  void meet(const repeat&) { serve(); }
  void meet(const fall_silent&) { serve(); }
  void meet(const refuse& what) { answer(refused(what.why)); }
  void meet(const drop_before&) { close(); }
  void meet(const drop_after&) {
    is_dropped_ = true;
    serve();
  }
  void meet(const delay_after& what) {
    lateness_ = what.time;
    serve();
  }
  void meet(const be_stale& what) {
    stale_by_ = what.changes;
    serve();
  }
  void meet(const truncate&) {
    is_truncated_ = true;
    serve();
  }
  void meet(const delay& what) {
    after(what.time, [self = this->shared_from_this()] { self->serve(); });
  }

  void serve() {
    auto what = outcome_of_request();
    std::visit([this](auto& decided) { perform(std::move(decided)); }, what);
  }

  outcome outcome_of_request() {
    try {
      return core_->service.serve(now_);
    } catch (const std::exception& error) {
      // A kind's rule met a shape it did not expect; the server must survive its own mistakes.
      return refused(status_error::internal(error.what()));
    }
  }

  void perform(outgoing what) {
    answer(stale_by_ ? core_->service.as_before(now_, std::move(what), stale_by_)
                     : std::move(what));
  }
  void perform(watch_request what);
  void perform(exec_request what);
  void perform(log_wish what);

  /// A server, or something on the way, that dies while it answers.
  void write_half(const outgoing& what) {
    in_flight_ = "HTTP/1.1 " + std::to_string(what.code) + " -\r\nContent-Type: "
                 + what.content_type + "\r\nContent-Length: " + std::to_string(what.body.size())
                 + "\r\n\r\n" + what.body.substr(0, what.body.size() / 2);
    boost::asio::async_write(
        *stream_, boost::asio::buffer(in_flight_),
        [self = this->shared_from_this()](error_code, std::size_t) { self->close(); });
  }

  void write(outgoing what) {
    namespace http = boost::beast::http;
    response_.emplace(static_cast<http::status>(what.code), head_.version() ? head_.version() : 11);
    response_->set(http::field::content_type, what.content_type);
    response_->set(http::field::cache_control, "no-cache, private");
    for (const auto& [name, value] : what.headers)
      response_->insert(name, value);
    response_->keep_alive(keeps_alive_);
    response_->body() = std::move(what.body);
    response_->prepare_payload();
    if (head_.method() == http::verb::head)
      response_->body().clear();
    http::async_write(*stream_, *response_,
                      [self = this->shared_from_this()](error_code failed, std::size_t) {
                        if (failed || !self->keeps_alive_)
                          return self->close();
                        self->read_request();
                      });
  }

  void flush() {
    if (is_writing_ || outbox_.empty() || is_closed_)
      return;
    is_writing_ = true;
    in_flight_ = std::exchange(outbox_, {});
    boost::asio::async_write(*stream_, boost::asio::buffer(in_flight_),
                             [self = this->shared_from_this()](error_code failed, std::size_t) {
                               self->is_writing_ = false;
                               if (failed)
                                 return self->close();
                               self->flush();
                             });
  }

  /// Reading while streaming notices when the client goes; what it sends then is its next request.
  void watch_for_hangup() {
    stream_->async_read_some(buffer_.prepare(1024), [self = this->shared_from_this()](
                                                        error_code failed, std::size_t count) {
      if (failed)
        return self->close();
      self->buffer_.commit(count);
      if (self->is_streaming_)
        return self->close(); // pipelining is not for streams
      self->watch_.reset();
      self->read_request();
    });
  }

  template <class Task>
  void after(std::chrono::milliseconds wait, Task task) {
    timer_.expires_after(wait);
    timer_.async_wait([task = std::move(task)](error_code failed) mutable {
      if (!failed)
        task();
    });
  }

  /// Once for each request: who asked for what, and what came of it.
  void note(int code) {
    auto took = std::chrono::duration_cast<std::chrono::microseconds>(
        std::chrono::steady_clock::now() - started_);
    using std::chrono::milliseconds;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    core_->log.add({{"time", std::chrono::duration_cast<milliseconds>(now).count()},
                    {"user", now_.who ? now_.who->name : ""},
                    {"verb", now_.verb},
                    {"method", now_.request.method},
                    {"path", std::string{head_.target()}},
                    {"code", code},
                    {"microseconds", took.count()}});
  }

  static constexpr const char* go_on = "HTTP/1.1 100 Continue\r\n\r\n";

  std::unique_ptr<Stream> stream_;
  std::shared_ptr<server_core> core_;
  credentials shown_;
  boost::asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  std::optional<boost::beast::http::response<boost::beast::http::string_body>> response_;
  http::request head_;
  arrival now_;
  std::chrono::steady_clock::time_point started_;
  std::shared_ptr<watch_session> watch_;
  std::string outbox_, in_flight_;
  std::chrono::milliseconds lateness_{0}; ///< of the answer, once the request is served
  std::size_t stale_by_ = 0;              ///< changes that the answer does not know of
  bool keeps_alive_ = true, is_dropped_ = false, is_truncated_ = false, is_closed_ = false;
  bool is_streaming_ = false, is_writing_ = false;
};

} // namespace kubesim::http
