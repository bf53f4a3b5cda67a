#include "tests/kubesim/kubelet/endpoints.hpp"

#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/kubelet/exec_checks.hpp"
#include "tests/kubesim/kubelet/log_follower.hpp"
#include "tests/kubesim/kubelet/played_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <charconv>
#include <csignal>
#include <deque>

// The only file of the kubelet that knows Beast.
namespace kubesim {
namespace {

namespace websocket = boost::beast::websocket;
using boost::system::error_code;

constexpr std::size_t largest_message = 4 * 1024 * 1024;

template <class Stream>
class websocket_connection final
    : public frame_connection,
      public std::enable_shared_from_this<websocket_connection<Stream>> {
public:
  websocket_connection(std::unique_ptr<Stream> stream, http::request head, exec_protocol protocol)
      : socket_{std::move(*stream)}, head_{std::move(head)}, protocol_{std::move(protocol)} {
    boost::beast::get_lowest_layer(socket_).expires_never();
    socket_.read_message_max(largest_message);
    socket_.auto_fragment(false);
    socket_.binary(!protocol_.is_base64);
    // Even no protocol at all is answered by an (empty) header.
    socket_.set_option(websocket::stream_base::decorator(
        [name = protocol_.name](websocket::response_type& response) {
          response.set(boost::beast::http::field::sec_websocket_protocol, name);
        }));
  }

  void accept(std::function<void(std::shared_ptr<frame_connection>)> when_accepted) {
    socket_.async_accept(head_,
                         [self = this->shared_from_this(), when_accepted](error_code failed) {
                           if (!failed)
                             when_accepted(self);
                         });
  }

  void listen(std::function<void(std::string)> on_frame, std::function<void()> on_gone) override {
    on_frame_ = std::move(on_frame);
    on_gone_ = std::move(on_gone);
  }

  void read_next() override {
    if (is_gone_)
      return;
    socket_.async_read(buffer_, [self = this->shared_from_this()](error_code failed, std::size_t) {
      if (failed)
        return self->note_gone();
      auto frame = boost::beast::buffers_to_string(self->buffer_.data());
      self->buffer_.clear();
      if (const auto tell = self->on_frame_)
        tell(std::move(frame));
    });
  }

  void send(std::string frame, std::function<void()> when_sent) override {
    waiting_.push_back({std::move(frame), std::move(when_sent)});
    if (waiting_.size() == 1)
      write_first();
  }

  void close() override {
    is_closing_ = true;
    if (waiting_.empty())
      close_now();
  }

  void drop() override {
    error_code ignored;
    boost::beast::get_lowest_layer(socket_).socket().close(ignored);
  }

private:
  struct outgoing {
    std::string frame;
    std::function<void()> when_sent;
  };

  void write_first() {
    socket_.async_write(boost::asio::buffer(waiting_.front().frame),
                        [self = this->shared_from_this()](error_code failed, std::size_t) {
                          auto sent = std::move(self->waiting_.front());
                          self->waiting_.pop_front();
                          if (failed)
                            self->note_gone();
                          sent.when_sent();
                          if (!self->waiting_.empty())
                            self->write_first();
                          else if (self->is_closing_)
                            self->close_now();
                        });
  }

  void close_now() {
    if (std::exchange(is_closed_, true) || is_gone_)
      return;
    socket_.async_close(websocket::close_reason{websocket::close_code::normal},
                        [self = this->shared_from_this()](error_code) { self->forget_listener(); });
  }

  void note_gone() {
    if (std::exchange(is_gone_, true))
      return;
    const auto tell = on_gone_;
    forget_listener();
    if (tell && !is_closed_)
      tell();
  }

  /// The listener holds us and we hold it.
  void forget_listener() {
    on_frame_ = nullptr;
    on_gone_ = nullptr;
  }

  websocket::stream<Stream> socket_;
  http::request head_;
  exec_protocol protocol_;
  boost::beast::flat_buffer buffer_;
  std::deque<outgoing> waiting_;
  std::function<void(std::string)> on_frame_;
  std::function<void()> on_gone_;
  bool is_closing_ = false, is_closed_ = false, is_gone_ = false;
};

/// Answers without an upgrade, then lets the connection go.
template <class Stream>
void answer_plainly(std::unique_ptr<Stream> stream, const plain_answer& answer, unsigned version) {
  namespace beast_http = boost::beast::http;
  struct exchange {
    std::unique_ptr<Stream> stream;
    beast_http::response<beast_http::string_body> response;
  };
  auto all = std::make_shared<exchange>();
  all->stream = std::move(stream);
  all->response = {static_cast<beast_http::status>(answer.code), version};
  if (!answer.content_type.empty())
    all->response.set(beast_http::field::content_type, answer.content_type);
  all->response.keep_alive(false);
  all->response.body() = answer.body;
  all->response.prepare_payload();
  auto& to = *all->stream;
  beast_http::async_write(to, all->response, [all](error_code, std::size_t) {
    error_code ignored;
    boost::beast::get_lowest_layer(*all->stream)
        .socket()
        .shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  });
}

exec_call call_of(const http::exec_upgrade& upgrade) {
  const auto header
      = [&](boost::beast::http::field name) { return std::string{upgrade.head[name]}; };
  using field = boost::beast::http::field;
  std::string protocols;
  const auto offered = upgrade.head.equal_range(field::sec_websocket_protocol);
  for (auto it = offered.first; it != offered.second; ++it)
    protocols += std::string{it->value()} + ",";
  return {.method = std::string{upgrade.head.method_string()},
          .upgrade = header(field::upgrade),
          .connection = header(field::connection),
          .websocket_version = header(field::sec_websocket_version),
          .protocols = protocols,
          .parameters = upgrade.parameters,
          .pod = {upgrade.name_space, upgrade.pod}};
}

class exec_service {
public:
  exec_service(node& kubelet, fault_plan& faults, session_teller tell)
      : pods_{kubelet.pods()},
        faults_{faults},
        stage_{std::make_shared<session_stage>(pods_.context().clock, std::move(tell))} {}

  void serve(http::exec_upgrade upgrade) {
    auto checked = check_exec(pods_, call_of(upgrade));
    if (upgrade.plain)
      serve_on(std::move(upgrade.plain), upgrade, std::move(checked));
    else
      serve_on(std::move(upgrade.tls), upgrade, std::move(checked));
  }

private:
  template <class Stream>
  void serve_on(std::unique_ptr<Stream> stream, http::exec_upgrade& upgrade,
                std::variant<accepted_exec, plain_answer> checked) {
    if (const auto* answer = std::get_if<plain_answer>(&checked))
      return answer_plainly(std::move(stream), *answer, upgrade.head.version());
    auto accepted = std::get<accepted_exec>(std::move(checked));
    auto connection = std::make_shared<websocket_connection<Stream>>(
        std::move(stream), std::move(upgrade.head), accepted.protocol);
    connection->accept(
        [this, accepted, user = upgrade.user](std::shared_ptr<frame_connection> upgraded) {
          auto* worker = pods_.find(accepted.wishes.pod);
          auto* container = worker ? worker->find(accepted.wishes.container) : nullptr;
          if (!container)
            return upgraded->close(); // the pod went away meanwhile
          auto& context = pods_.context();
          if (!context.options.run_processes && is_freeze_session(accepted.wishes.command))
            return stage_->play(std::move(upgraded), accepted.protocol,
                                {user, accepted.wishes.pod, accepted.wishes.command.back()});
          run_exec_session({pods_.loop(), context.clock, faults_}, std::move(upgraded),
                           accepted.protocol, accepted.wishes, *container);
        });
  }

  pod_store& pods_;
  fault_plan& faults_;
  std::shared_ptr<session_stage> stage_;
};

std::optional<std::int64_t> number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto end = text.data() + text.size();
  if (text.empty() || std::from_chars(text.data(), end, number).ptr != end)
    return std::nullopt;
  return number;
}

void serve_log(pod_store& pods, const http::log_request& request,
               const std::shared_ptr<http::log_sink>& sink) {
  const auto& kubelet = pods.context();
  const auto pod = kubelet.objects.find(kubelet.pods, request.pod);
  if (!pod)
    return sink->refuse(status_error::not_found(kubelet.pods, request.pod.name));
  const auto container = choose_container(*pod, http::value_of(request.parameters, "container"));
  if (const auto* why = std::get_if<refusal>(&container))
    return sink->refuse(*why);
  const log_wishes wishes{.pod = request.pod,
                          .container = std::get<std::string>(container),
                          .of_previous = http::flag(request.parameters, "previous"),
                          .follow = http::flag(request.parameters, "follow"),
                          .tail_lines = number_of(http::value_of(request.parameters, "tailLines"))};
  const auto why = send_log(pods, pods.loop(), wishes,
                            {.write = [sink](std::string_view text) { sink->write(text); },
                             .is_gone = [sink] { return sink->is_closed(); }});
  if (why)
    sink->refuse(*why);
}

} // namespace

http::exec_handler exec_endpoint(node& kubelet, fault_plan& faults, session_teller tell) {
  std::signal(SIGPIPE, SIG_IGN); // a process may close its standard input while we write to it
  return [service = std::make_shared<exec_service>(kubelet, faults, std::move(tell))](
             http::exec_upgrade upgrade) { service->serve(std::move(upgrade)); };
}

http::log_handler log_endpoint(node& kubelet) {
  return [&pods = kubelet.pods()](const http::log_request& request,
                                  const std::shared_ptr<http::log_sink>& sink) {
    serve_log(pods, request, sink);
  };
}

} // namespace kubesim
