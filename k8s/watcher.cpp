#include "k8s/watcher.hpp"

#include "k8s/backoff.hpp"
#include "k8s/event_loop.hpp"
#include "k8s/watch_decoder.hpp"
#include "k8s/watch_state.hpp"

namespace k8s {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// What a page needs while it is read stays with the process: with 500 of them 10,000 VolumeBackups
/// cost 24 MiB more.
constexpr std::int64_t page_size = 100;
constexpr seconds page_deadline{60};
/// A stream that lasted this long was a healthy one: the next begins at once.
constexpr seconds healthy{2};
constexpr backoff between_failures{.first = milliseconds{100}, .longest = seconds{10}};

template <class... Alternatives>
struct overloaded : Alternatives... {
  using Alternatives::operator()...;
};
template <class... Alternatives>
overloaded(Alternatives...) -> overloaded<Alternatives...>; // clang needs it

std::string_view reason_of(const error* cause) {
  if (!cause)
    return "timeout"; // the server ended it, as it was asked to
  return cause->code == errc::timeout ? "idle" : to_string(cause->code);
}

} // namespace

/// Performs what `watch_state` asks for, one request or stream at a time. Of the loop's thread
/// alone.
struct watcher::impl : std::enable_shared_from_this<watcher::impl> {
  impl(client& its_api, const resource_kind& its_kind, watch_target its_target,
       watch_handlers its_handlers, watch_pace its_pace)
      : api{its_api},
        loop{its_api.loop()},
        kind{its_kind},
        target{std::move(its_target)},
        handlers{std::move(its_handlers)},
        pace{its_pace} {}

  void advance();
  void ask_page(const list_page& step);
  void take_page(result<nlohmann::json> page);
  void open_stream(const watch_from& step);
  void take_bytes(std::string_view bytes);
  void break_off(const error& cause);
  void end_stream(const error* cause);
  void restart(const error* cause);
  bool deliver(const std::vector<watch_report>& reports);
  void stop();

  client& api;
  event_loop& loop;
  const resource_kind kind;
  const watch_target target;
  const watch_handlers handlers;
  const watch_pace pace;

  watch_state state;
  watch_decoder decoder;
  random_source random = system_random();
  std::optional<call_id> in_flight;
  int streams = 0; ///< opened so far; what still comes from an earlier one is ignored
  steady::time_point stream_begun;
  bool had_events = false;
  int failures = 0; ///< in a row, without a healthy stream between
  event_loop::timer wait, overdue;
  bool is_stopped = false;
};

watcher::watcher(client& api, const resource_kind& kind, watch_target target,
                 watch_handlers handlers, watch_pace pace)
    : impl_{std::make_shared<impl>(api, kind, std::move(target), std::move(handlers), pace)} {
  impl_->loop.post([self = impl_] { self->advance(); });
}

watcher::~watcher() {
  if (impl_)
    impl_->loop.call([this] { impl_->stop(); });
}

watcher::watcher(watcher&&) noexcept = default;

watcher& watcher::operator=(watcher&& other) noexcept {
  const watcher before{std::move(*this)};
  impl_ = std::move(other.impl_);
  return *this;
}

void watcher::impl::stop() {
  is_stopped = true;
  wait.cancel();
  overdue.cancel();
  if (in_flight)
    api.cancel(*std::exchange(in_flight, std::nullopt));
}

void watcher::impl::advance() {
  if (is_stopped)
    return;
  std::visit(overloaded{[this](const list_page& step) { ask_page(step); },
                        [this](const watch_from& step) { open_stream(step); }},
             state.next());
}

void watcher::impl::ask_page(const list_page& step) {
  auto call = list_request(kind, target.name_space,
                           {.label_selector = target.label_selector,
                            .field_selector = target.field_selector,
                            .resource_version = {},
                            .limit = step.paged ? page_size : 0,
                            .continue_token = step.continue_token});
  call.repeat = repeatable::never; // each failure is reported and waited for here
  in_flight = api.send(std::move(call), page_deadline,
                       [weak = weak_from_this()](result<nlohmann::json> page) {
                         const auto self = weak.lock();
                         if (self && !self->is_stopped)
                           self->take_page(std::move(page));
                       });
}

void watcher::impl::take_page(result<nlohmann::json> page) {
  in_flight.reset();
  auto reports
      = page ? state.take_page(std::move(*page)) : result<std::vector<watch_report>>{page.error()};
  if (!reports) {
    ++failures;
    state.fail(reports.error());
    return restart(&reports.error());
  }
  if (deliver(*reports))
    advance();
}

void watcher::impl::open_stream(const watch_from& step) {
  const auto spread = random() * static_cast<double>(pace.lifetime.count()) / 5;
  const auto timeout = pace.lifetime + seconds{static_cast<int>(spread)};
  const auto call = watch_request(kind, target.name_space,
                                  {.label_selector = target.label_selector,
                                   .field_selector = target.field_selector,
                                   .resource_version = step.resource_version,
                                   .timeout = timeout});
  decoder = watch_decoder{};
  stream_begun = steady::now();
  had_events = false;
  const int number = ++streams;
  in_flight = api.stream(
      call, timeout + pace.grace,
      [weak = weak_from_this(), number](std::string_view bytes) {
        const auto self = weak.lock();
        if (self && !self->is_stopped && self->streams == number)
          self->take_bytes(bytes);
      },
      [weak = weak_from_this(), number](result<done> outcome) {
        const auto self = weak.lock();
        if (self && !self->is_stopped && self->streams == number)
          self->end_stream(outcome ? nullptr : &outcome.error());
      });
  // A server that has forgotten the stream may well have sent something before: its silence alone
  // would be noticed too late.
  overdue = loop.run_after(timeout + pace.grace, [weak = weak_from_this(), number, call] {
    const auto self = weak.lock();
    if (self && !self->is_stopped && self->streams == number)
      self->break_off({.code = errc::timeout,
                       .attempted = call.summary(),
                       .detail = "the server did not end the stream in time"});
  });
}

void watcher::impl::take_bytes(std::string_view bytes) {
  auto events = decoder.feed(bytes);
  if (!events)
    return break_off(events.error());
  for (watch_event& event : *events) {
    auto reports = state.take_event(std::move(event));
    if (!reports)
      return break_off(reports.error());
    had_events = true;
    if (!deliver(*reports))
      return;
  }
}

/// The stream tells of an error, or makes no sense.
void watcher::impl::break_off(const error& cause) {
  ++streams;
  api.cancel(*in_flight);
  end_stream(&cause);
}

void watcher::impl::end_stream(const error* cause) {
  in_flight.reset();
  overdue.cancel();
  const auto lasted = steady::now() - stream_begun;
  failures = lasted >= healthy ? 0 : failures + 1;
  if (cause)
    state.fail(*cause);
  else
    state.end_stream(lasted, had_events);
  restart(cause);
}

/// Reports why, waits if things are going badly, and takes the next step.
void watcher::impl::restart(const error* cause) {
  auto pause = failures == 0 ? milliseconds{0} : between_failures.delay(failures, random);
  if (cause && cause->retry_after)
    pause = std::max(pause, *cause->retry_after);
  if (handlers.on_restart)
    handlers.on_restart(reason_of(cause), cause);
  if (is_stopped)
    return;
  wait = loop.run_after(pause, [weak = weak_from_this()] {
    if (const auto self = weak.lock())
      self->advance();
  });
}

/// False if a handler stopped the watch.
bool watcher::impl::deliver(const std::vector<watch_report>& reports) {
  const auto tell = overloaded{[this](const object_changed& report) {
                                 if (handlers.on_changed)
                                   handlers.on_changed(report.object);
                               },
                               [this](const object_removed& report) {
                                 if (handlers.on_removed)
                                   handlers.on_removed(report.key, report.uid);
                               },
                               [this](const list_completed&) {
                                 if (handlers.on_synced)
                                   handlers.on_synced();
                               }};
  for (const watch_report& report : reports) {
    std::visit(tell, report);
    if (is_stopped)
      return false;
  }
  return true;
}

} // namespace k8s
