#include "k8s/curl_transport.hpp"

#include "k8s/curl_endpoint.hpp"
#include "k8s/curl_exchange.hpp"
#include "k8s/curl_lane.hpp"
#include "k8s/event_loop.hpp"

#include <atomic>
#include <unordered_map>

namespace k8s {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t spare_handles = 64;

/// Connections for requests. Over HTTP/2 each carries a hundred requests or more.
constexpr long http1_connections = 64;
constexpr long http2_connections = 4;
/// Over HTTP/2, beyond what a connection carries, curl would open one for each further stream.
constexpr long streams_per_connection = 50;

/// All that lives on the loop's thread.
class engine : public std::enable_shared_from_this<engine> {
public:
  engine(event_loop& loop, std::shared_ptr<const connection_config> config);

  void begin(std::shared_ptr<exchange> call);
  void cancel(call_id id);
  void shut_down();

private:
  curl_lane& lane_of(const exchange& call) { return call.sink ? streams_ : requests_; }
  void attach(exchange& call);
  void detach(exchange& call);

  void take_progress(curl_lane& on);
  void deliver_news();
  void finish(exchange& call, CURLcode code);
  void conclude(call_id id, result<response> outcome);
  void fit_connections(const exchange& answered);

  void set_alarm(exchange& call, milliseconds wait);
  void take_alarm(call_id id);

  event_loop& loop_;
  curl_endpoint server_;
  std::vector<easy_handle> spares_;
  // Over HTTP/1.1 a watch holds a connection for minutes; in a lane of their own watches cannot
  // starve requests.
  curl_lane requests_;
  curl_lane streams_;
  long open_streams_ = 0;
  bool is_http2_ = false;
  std::unordered_map<call_id, std::shared_ptr<exchange>> exchanges_;
  std::vector<call_id> news_;
  bool is_closed_ = false;
};

engine::engine(event_loop& loop, std::shared_ptr<const connection_config> config)
    : loop_{loop},
      server_{std::move(config)},
      requests_{loop, http1_connections, [this](curl_lane& on) { take_progress(on); }},
      streams_{loop, http2_connections, [this](curl_lane& on) { take_progress(on); }} {
  requests_.limit_connections(http1_connections);
}

void engine::begin(std::shared_ptr<exchange> call) {
  exchange& begun = *call;
  exchanges_.emplace(begun.id, std::move(call));
  if (begun.sink)
    ++open_streams_;
  if (is_closed_)
    return conclude(begun.id, begun.failure(errc::cancelled, "the transport is closed"));
  begun.news = &news_;
  begun.last_byte = steady::now();
  set_alarm(begun, begun.limit);
  attach(begun);
}

void engine::attach(exchange& call) {
  if (spares_.empty()) {
    call.easy.reset(curl_easy_init());
  } else {
    call.easy = std::move(spares_.back());
    spares_.pop_back();
  }
  server_.prepare(call);
  if (call.sink)
    streams_.limit_connections(is_http2_ ? open_streams_ / streams_per_connection + 2 : 0);
  lane_of(call).add(call);
}

void engine::detach(exchange& call) {
  if (!call.easy)
    return;
  lane_of(call).remove(call);
  curl_easy_reset(call.easy.get()); // it points into the call
  if (spares_.size() < spare_handles)
    spares_.push_back(std::move(call.easy));
  call.easy.reset();
}

void engine::take_progress(curl_lane& on) {
  const auto alive = shared_from_this();
  deliver_news();
  for (auto [call, code] = on.next_finished(); call; std::tie(call, code) = on.next_finished())
    finish(*call, code);
}

void engine::deliver_news() {
  for (const call_id id : std::exchange(news_, {})) {
    const auto found = exchanges_.find(id);
    if (found == exchanges_.end())
      continue;
    const auto call = found->second;
    call->has_news = false;
    if (!std::exchange(call->told_headers, true))
      call->sink->on_headers(call->answer.status);
    const std::string bytes = std::exchange(call->undelivered, {});
    if (!bytes.empty() && exchanges_.contains(id))
      call->sink->on_bytes(bytes);
  }
}

void engine::finish(exchange& call, CURLcode code) {
  const auto alive = exchanges_.at(call.id);
  if (code != CURLE_OK)
    return conclude(call.id, call.failure(code));
  fit_connections(call);
  if (!call.is_second_try && server_.has_fresh_token(call)) {
    detach(call);
    call.begin_second_try();
    return attach(call);
  }
  if (call.sink && !std::exchange(call.told_headers, true))
    call.sink->on_headers(call.answer.status);
  conclude(call.id, std::move(call.answer));
}

void engine::fit_connections(const exchange& answered) {
  long version = 0;
  curl_easy_getinfo(answered.easy.get(), CURLINFO_HTTP_VERSION, &version);
  is_http2_ = version == CURL_HTTP_VERSION_2_0;
  requests_.limit_connections(is_http2_ ? http2_connections : http1_connections);
}

/// The only place where a call ends. Its callback may start, cancel and destroy anything.
void engine::conclude(call_id id, result<response> outcome) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end())
    return;
  const auto call = std::move(found->second);
  exchanges_.erase(found);
  if (call->sink)
    --open_streams_;
  call->alarm.cancel();
  detach(*call);
  call->on_done(std::move(outcome));
}

void engine::cancel(call_id id) {
  if (const auto found = exchanges_.find(id); found != exchanges_.end())
    conclude(id, found->second->failure(errc::cancelled, "cancelled"));
}

void engine::shut_down() {
  is_closed_ = true;
  while (!exchanges_.empty())
    cancel(exchanges_.begin()->first);
}

/// Not curl's own timeout, which a call that still waits for a connection would not see.
void engine::set_alarm(exchange& call, milliseconds wait) {
  call.alarm = loop_.run_after(wait, [this, id = call.id] { take_alarm(id); });
}

void engine::take_alarm(call_id id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end())
    return;
  exchange& call = *found->second;
  const auto limit = std::to_string(call.limit.count()) + " ms";
  if (!call.sink)
    return conclude(id, call.failure(errc::timeout, "no answer within " + limit));
  // Looks only once per limit, so that a busy stream costs no timers.
  const auto silent = std::chrono::ceil<milliseconds>(steady::now() - call.last_byte);
  if (silent < call.limit)
    return set_alarm(call, call.limit - silent);
  conclude(id, call.failure(errc::timeout, "nothing came for " + limit));
}

class curl_transport : public transport {
public:
  curl_transport(event_loop& loop, std::shared_ptr<const connection_config> config)
      : loop_{loop}, engine_{std::make_shared<engine>(loop, std::move(config))} {}

  ~curl_transport() override {
    // The engine dies on the loop's thread, where no handler of its sockets can be running.
    loop_.call([this] { std::exchange(engine_, {})->shut_down(); });
  }

  call_id start(request call, milliseconds deadline, callback<response> on_done) override {
    return begin(std::make_shared<exchange>(exchange{.id = ++last_id_,
                                                     .call = std::move(call),
                                                     .limit = deadline,
                                                     .on_done = std::move(on_done)}));
  }

  call_id stream(request call, milliseconds idle_limit, stream_sink sink,
                 callback<response> on_done) override {
    return begin(std::make_shared<exchange>(exchange{.id = ++last_id_,
                                                     .call = std::move(call),
                                                     .limit = idle_limit,
                                                     .on_done = std::move(on_done),
                                                     .sink = std::move(sink)}));
  }

  void cancel(call_id call) override {
    loop_.post([weak = std::weak_ptr{engine_}, call] {
      if (const auto alive = weak.lock())
        alive->cancel(call);
    });
  }

private:
  call_id begin(std::shared_ptr<exchange> call) {
    const call_id id = call->id;
    if (loop_.is_this_thread())
      engine_->begin(std::move(call));
    else
      loop_.post([engine = engine_, call = std::move(call)] { engine->begin(call); });
    return id;
  }

  event_loop& loop_;
  std::shared_ptr<engine> engine_;
  std::atomic<call_id> last_id_{0};
};

} // namespace

std::shared_ptr<transport> make_curl_transport(event_loop& loop,
                                               std::shared_ptr<const connection_config> config) {
  // Thread-safe since curl 7.84, and counted.
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
  return std::make_shared<curl_transport>(loop, std::move(config));
}

} // namespace k8s
