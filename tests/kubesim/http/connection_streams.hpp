#pragma once

#include "tests/kubesim/http/connection.hpp"

// What a connection does that is no complete answer: watches, execs, logs.
namespace kubesim::http {

template <class Stream>
void connection<Stream>::perform(watch_request what) {
  if (is_dropped_ || is_truncated_)
    return close();
  begin_stream("application/json");
  std::weak_ptr<connection> weak = this->shared_from_this();
  watch_outlet outlet;
  outlet.send = [weak](std::string line) {
    if (auto self = weak.lock())
      self->send_chunk(line);
  };
  outlet.end = [weak] {
    if (auto self = weak.lock())
      self->end_stream();
  };
  outlet.abort = [weak] {
    if (auto self = weak.lock())
      self->close();
  };
  watch_
      = std::make_shared<watch_session>(core_->loop.get_executor(), core_->cluster.objects,
                                        core_->cluster.faults, std::move(what), std::move(outlet));
  watch_->start();
}

template <class Stream>
void connection<Stream>::perform(exec_request what) {
  if (!core_->options.exec)
    return answer(refused(status_error::internal("no kubelet runs here")));
  note(101);
  exec_upgrade upgrade;
  if constexpr (std::is_same_v<Stream, plain_stream>)
    upgrade.plain = std::move(stream_);
  else
    upgrade.tls = std::move(stream_);
  upgrade.rest = std::move(buffer_);
  upgrade.head = std::move(head_);
  upgrade.parameters = now_.request.parameters;
  upgrade.user = now_.who ? now_.who->name : "";
  upgrade.name_space = what.pod.name_space;
  upgrade.pod = what.pod.name;
  is_closed_ = true;
  core_->options.exec(std::move(upgrade));
}

/// A log's text as a chunked answer that begins with its first byte.
template <class Stream>
class connection<Stream>::log_sink_of final : public log_sink {
public:
  explicit log_sink_of(std::shared_ptr<connection> to) : to_{std::move(to)} {}
  ~log_sink_of() override {
    if (is_refused_)
      return;
    begin();
    to_->end_stream();
  }
  void write(std::string_view text) override {
    if (is_refused_)
      return;
    begin();
    to_->send_chunk(text);
  }
  void refuse(const refusal& why) override {
    if (std::exchange(is_refused_, true) || is_begun_)
      return;
    to_->answer(refused(why));
  }
  bool is_closed() const override { return to_->is_closed(); }

private:
  void begin() {
    if (!std::exchange(is_begun_, true) && !to_->is_closed())
      to_->begin_stream("text/plain");
  }

  std::shared_ptr<connection> to_;
  bool is_begun_ = false, is_refused_ = false;
};

template <class Stream>
void connection<Stream>::perform(log_wish what) {
  if (!core_->options.log)
    return answer(refused(status_error::internal("no kubelet runs here")));
  auto sink = std::make_shared<log_sink_of>(this->shared_from_this());
  core_->options.log({what.pod, now_.request.parameters}, std::move(sink));
}

} // namespace kubesim::http
