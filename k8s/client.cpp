#include "k8s/client.hpp"

#include "k8s/event_loop.hpp"
#include "k8s/retry_policy.hpp"
#include "k8s/status.hpp"

#include <atomic>
#include <charconv>
#include <unordered_map>

namespace k8s {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::int64_t page_size = 500;

std::optional<milliseconds> retry_after_of(const response& answer) {
  const auto found = answer.headers.find("retry-after");
  if (found == answer.headers.end())
    return std::nullopt;
  int seconds = 0; // the form with a date is not in use by API servers
  const auto& text = found->second;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc{} || seconds < 0)
    return std::nullopt;
  return std::chrono::seconds{seconds};
}

/// What a server says that is no Status: an apiserver's own 404, a proxy's page.
std::string first_line_of(std::string_view body) {
  constexpr std::size_t longest = 200;
  return std::string{body.substr(0, std::min(body.find('\n'), longest))};
}

bool is_success(const response& answer) {
  return answer.status >= 200 && answer.status < 300;
}

result<nlohmann::json> json_of(const response& answer, const request& call) {
  if (!is_success(answer))
    return error_of(answer, call);
  auto parsed = nlohmann::json::parse(answer.body, nullptr, false);
  if (!parsed.is_discarded())
    return parsed;
  return error{.code = errc::protocol,
               .attempted = call.summary(),
               .detail = "the answer is not JSON: " + first_line_of(answer.body),
               .http_status = answer.status,
               .maybe_applied = true};
}

} // namespace

error error_of(const response& answer, const request& call) {
  const auto body = nlohmann::json::parse(answer.body, nullptr, false);
  const bool is_status
      = body.is_object() && body.value("/kind"_json_pointer, nlohmann::json{}) == "Status";
  error failure = is_status ? error_of_status(body, answer.status)
                            : error_of_status(nlohmann::json::object(), answer.status);
  failure.attempted = call.summary();
  if (const auto wait = retry_after_of(answer))
    failure.retry_after = wait;
  if (failure.detail.empty())
    failure.detail = first_line_of(answer.body);
  if (failure.detail.empty())
    failure.detail = "HTTP status " + std::to_string(answer.status);
  return failure;
}

struct client::impl : std::enable_shared_from_this<client::impl> {
  /// A call from its first try to its callback.
  struct pending {
    request what;
    callback<nlohmann::json> then;
    steady::time_point begun;
    milliseconds deadline{};
    int tries = 0;
    std::optional<call_id> in_flight{};
    event_loop::timer wait{};
  };
  struct pending_stream {
    callback<done> then;
    call_id in_flight = 0;
  };
  /// A list that is read page by page under one id.
  struct paging {
    call_id id = 0;
    const resource_kind& kind;
    std::string name_space;
    list_options options;
    steady::time_point give_up;
    callback<raw_list> then;
    raw_list so_far{};
    bool has_started_over = false;
  };

  impl(event_loop& its_loop, std::shared_ptr<transport> its_connection, request_observer observer)
      : loop{its_loop}, connection{std::move(its_connection)}, observe{std::move(observer)} {}

  void run(std::function<void()> task) {
    loop.is_this_thread() ? task() : loop.post(std::move(task));
  }

  void begin(call_id id, request what, milliseconds deadline, callback<nlohmann::json> then);
  void try_once(call_id id);
  void take_answer(call_id id, steady::time_point sent, result<response> answer);
  void retry_or_fail(call_id id, error failure);
  void conclude(call_id id, result<nlohmann::json> outcome);

  void begin_stream(call_id id, request what, milliseconds idle_limit,
                    std::function<void(std::string_view)> on_bytes, callback<done> then);
  void conclude_stream(call_id id, result<done> outcome);

  void next_page(const std::shared_ptr<paging>& list);
  void take_page(const std::shared_ptr<paging>& list, result<nlohmann::json> page);

  void cancel(call_id id);
  void shut_down();
  void report(const request& what, int code, steady::time_point since) const {
    if (observe)
      observe(what.verb, what.resource, code, steady::now() - since);
  }

  event_loop& loop;
  std::shared_ptr<transport> connection;
  request_observer observe;
  std::atomic<call_id> last_id{0};
  // Of the loop's thread alone:
  random_source random = system_random();
  std::unordered_map<call_id, pending> calls;
  std::unordered_map<call_id, pending_stream> streams;
  bool is_closed = false;
};

client::client(event_loop& loop, std::shared_ptr<transport> connection, request_observer observe)
    : impl_{std::make_shared<impl>(loop, std::move(connection), std::move(observe))} {}

client::~client() {
  impl_->loop.call([this] { impl_->shut_down(); });
}

transport& client::connection() {
  return *impl_->connection;
}

event_loop& client::loop() {
  return impl_->loop;
}

call_id client::send(request call, milliseconds deadline, callback<nlohmann::json> then) {
  const call_id id = ++impl_->last_id;
  impl_->run(
      [self = impl_, id, call = std::move(call), deadline, then = std::move(then)]() mutable {
        self->begin(id, std::move(call), deadline, std::move(then));
      });
  return id;
}

call_id client::stream(request call, milliseconds idle_limit,
                       std::function<void(std::string_view)> on_bytes, callback<done> then) {
  const call_id id = ++impl_->last_id;
  impl_->run([self = impl_, id, call = std::move(call), idle_limit, on_bytes = std::move(on_bytes),
              then = std::move(then)]() mutable {
    self->begin_stream(id, std::move(call), idle_limit, std::move(on_bytes), std::move(then));
  });
  return id;
}

call_id client::list_pages(const resource_kind& kind, std::string name_space, list_options options,
                           milliseconds deadline, callback<raw_list> then) {
  const call_id id = ++impl_->last_id;
  if (options.limit == 0)
    options.limit = page_size;
  auto list = std::make_shared<impl::paging>(impl::paging{.id = id,
                                                          .kind = kind,
                                                          .name_space = std::move(name_space),
                                                          .options = std::move(options),
                                                          .give_up = steady::now() + deadline,
                                                          .then = std::move(then)});
  impl_->run([self = impl_, list = std::move(list)] { self->next_page(list); });
  return id;
}

void client::cancel(call_id call) {
  impl_->loop.post([weak = std::weak_ptr{impl_}, call] {
    if (const auto self = weak.lock())
      self->cancel(call);
  });
}

void client::impl::begin(call_id id, request what, milliseconds deadline,
                         callback<nlohmann::json> then) {
  calls.insert_or_assign(id, pending{.what = std::move(what),
                                     .then = std::move(then),
                                     .begun = steady::now(),
                                     .deadline = deadline});
  if (is_closed)
    return cancel(id);
  try_once(id);
}

void client::impl::try_once(call_id id) {
  pending& call = calls.at(id);
  ++call.tries;
  const auto now = steady::now();
  const auto left = call.deadline - std::chrono::floor<milliseconds>(now - call.begun);
  call.in_flight = connection->start(call.what, left,
                                     [weak = weak_from_this(), id, now](result<response> answer) {
                                       if (const auto self = weak.lock())
                                         self->take_answer(id, now, std::move(answer));
                                     });
}

void client::impl::take_answer(call_id id, steady::time_point sent, result<response> answer) {
  const auto found = calls.find(id);
  if (found == calls.end())
    return;
  pending& call = found->second;
  call.in_flight.reset();
  report(call.what, answer ? answer->status : 0, sent);
  auto outcome = answer ? json_of(*answer, call.what) : result<nlohmann::json>{answer.error()};
  if (outcome)
    return conclude(id, std::move(outcome));
  retry_or_fail(id, std::move(outcome).error());
}

void client::impl::retry_or_fail(call_id id, error failure) {
  pending& call = calls.at(id);
  const failed_try at{
      .number = call.tries, .since_start = steady::now() - call.begun, .deadline = call.deadline};
  const auto wait = wait_before_retry(call.what.repeat, failure, at, random);
  if (!wait)
    return conclude(id, std::move(failure));
  call.wait = loop.run_after(*wait, [weak = weak_from_this(), id] {
    const auto self = weak.lock();
    if (self && self->calls.contains(id))
      self->try_once(id);
  });
}

void client::impl::conclude(call_id id, result<nlohmann::json> outcome) {
  auto call = calls.extract(id);
  if (call)
    call.mapped().then(std::move(outcome));
}

void client::impl::begin_stream(call_id id, request what, milliseconds idle_limit,
                                std::function<void(std::string_view)> on_bytes,
                                callback<done> then) {
  streams.emplace(id, pending_stream{std::move(then), 0});
  if (is_closed)
    return cancel(id);
  const auto begun = steady::now();
  // Until the headers: how long the stream lasts after them says nothing about the server.
  const auto reported = std::make_shared<bool>(false);
  stream_sink sink{
      .on_headers =
          [weak = weak_from_this(), what, begun, reported](int status) {
            const auto self = weak.lock();
            if (self && !std::exchange(*reported, true))
              self->report(what, status, begun);
          },
      .on_bytes =
          [weak = weak_from_this(), id, on_bytes = std::move(on_bytes)](std::string_view bytes) {
            const auto self = weak.lock();
            if (self && self->streams.contains(id))
              on_bytes(bytes);
          }};
  auto on_done = [weak = weak_from_this(), id, what, begun, reported](result<response> answer) {
    const auto self = weak.lock();
    if (!self)
      return;
    if (!*reported)
      self->report(what, answer ? answer->status : 0, begun);
    if (!answer)
      self->conclude_stream(id, answer.error());
    else if (!is_success(*answer))
      self->conclude_stream(id, error_of(*answer, what));
    else
      self->conclude_stream(id, done{});
  };
  streams.at(id).in_flight
      = connection->stream(std::move(what), idle_limit, std::move(sink), on_done);
}

void client::impl::conclude_stream(call_id id, result<done> outcome) {
  auto stream = streams.extract(id);
  if (stream)
    stream.mapped().then(std::move(outcome));
}

void client::impl::next_page(const std::shared_ptr<paging>& list) {
  const auto left = std::chrono::floor<milliseconds>(list->give_up - steady::now());
  auto ask = list_request(list->kind, list->name_space, list->options);
  begin(list->id, std::move(ask), left,
        [this, list](result<nlohmann::json> page) { take_page(list, std::move(page)); });
}

void client::impl::take_page(const std::shared_ptr<paging>& list, result<nlohmann::json> page) {
  auto& [id, kind, name_space, options, give_up, then, so_far, has_started_over] = *list;
  if (!page && page.error().is_gone() && !options.continue_token.empty() && !has_started_over) {
    // The continue token expired between two pages: once more, and then all in one answer.
    has_started_over = true;
    options.continue_token.clear();
    options.limit = 0;
    so_far = {};
    return next_page(list);
  }
  if (!page)
    return then(std::move(page).error());
  const auto metadata = page->value("metadata", nlohmann::json::object());
  const auto items = page->find("items");
  if (!metadata.is_object() || items == page->end() || !(items->is_array() || items->is_null()))
    return then(error{.code = errc::protocol,
                      .attempted = list_request(kind, name_space, options).summary(),
                      .detail = "the answer is not a list"});
  so_far.resource_version = metadata.value("resourceVersion", "");
  for (auto& item : *items)
    so_far.items.push_back(std::move(item));
  options.continue_token = metadata.value("continue", "");
  if (options.continue_token.empty())
    return then(std::move(so_far));
  next_page(list);
}

void client::impl::cancel(call_id id) {
  const error cancelled{.code = errc::cancelled, .detail = "cancelled"};
  if (const auto call = calls.find(id); call != calls.end()) {
    auto failure = cancelled;
    failure.attempted = call->second.what.summary();
    failure.maybe_applied = call->second.in_flight.has_value();
    if (call->second.in_flight)
      connection->cancel(*call->second.in_flight);
    conclude(id, std::move(failure));
  } else if (const auto stream = streams.find(id); stream != streams.end()) {
    connection->cancel(stream->second.in_flight);
    conclude_stream(id, cancelled);
  }
}

void client::impl::shut_down() {
  is_closed = true;
  while (!calls.empty())
    cancel(calls.begin()->first);
  while (!streams.empty())
    cancel(streams.begin()->first);
}

} // namespace k8s
