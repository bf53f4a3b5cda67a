#include "k8s/curl_transport.hpp"

#include "k8s/event_loop.hpp"
#include "k8s/socket_watch.hpp"

#include <curl/curl.h>

#include <array>
#include <atomic>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>

namespace k8s {

namespace {

using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t longest_body = 64 << 20;
constexpr long connect_timeout_ms = 10'000;
constexpr std::size_t spare_handles = 64;
constexpr long busiest_host
    = 64; ///< connections of requests to one host, which matters over HTTP/1.1

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using easy_handle = std::unique_ptr<CURL, freed_by<curl_easy_cleanup>>;
using share_handle = std::unique_ptr<CURLSH, freed_by<curl_share_cleanup>>;
using string_list = std::unique_ptr<curl_slist, freed_by<curl_slist_free_all>>;

void append(string_list& list, const std::string& line) {
  if (auto* extended = curl_slist_append(list.get(), line.c_str())) {
    list.release();
    list.reset(extended);
  }
}

class engine;

/// One call and its handle.
struct exchange {
  engine& owner;
  call_id id = 0;
  request call;
  milliseconds limit{}; ///< the deadline, or of a stream the idle limit
  callback<response> on_done;
  std::optional<stream_sink> sink; ///< of a stream

  easy_handle easy{};
  string_list headers{};
  std::array<char, CURL_ERROR_SIZE> error_text{};
  std::string token{};
  response answer{};
  std::string undelivered{}; ///< bytes of a stream that the sink has not seen yet
  bool has_news = false;
  bool told_headers = false;
  bool is_too_long = false;
  bool is_second_try = false;
  int times_sent = 0;
  steady::time_point last_byte{};
  event_loop::timer idle{};

  bool is_success() const { return answer.status >= 200 && answer.status < 300; }
};

/// A curl multi handle driven by the loop: its sockets, its timer, its connections.
class lane {
public:
  /// `connections_per_host` 0: as many as there are calls.
  lane(event_loop& loop, engine& owner, long connections_per_host, long idle_connections);
  ~lane() { curl_multi_cleanup(multi_); }
  lane(const lane&) = delete;
  lane& operator=(const lane&) = delete;

  CURLM* multi() const { return multi_; }
  void forget(int socket) { sockets_.forget(socket); }

private:
  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*);
  static int on_timer(CURLM*, long timeout_ms, void* self);

  event_loop& loop_;
  engine& owner_;
  event_loop::timer timer_;
  socket_watch sockets_;
  CURLM* multi_ = curl_multi_init();
};

/// All that lives on the loop's thread.
class engine : public std::enable_shared_from_this<engine> {
public:
  engine(event_loop& loop, std::shared_ptr<const connection_config> config);

  void begin(std::shared_ptr<exchange> call);
  void cancel(call_id id);
  void shut_down();
  void drive(lane& on, curl_socket_t socket, int readiness);
  void note_news(exchange& call);

private:
  lane& lane_of(const exchange& call) { return call.sink ? streams_ : requests_; }
  void add(exchange& call);
  void set_request(exchange& call);
  void set_headers(exchange& call);
  void set_connection(exchange& call);
  void set_tls(CURL* easy);
  void rename_host();

  void deliver_news();
  void finish(exchange& call, CURLcode code);
  bool has_fresh_token(exchange& call);
  void conclude(call_id id, result<response> outcome);
  void detach(exchange& call);
  void await_silence(exchange& call, milliseconds wait);
  void check_silence(call_id id);

  event_loop& loop_;
  std::shared_ptr<const connection_config> config_;
  std::string base_url_;
  string_list connect_to_;
  std::string host_header_; ///< empty: curl's own
  share_handle tls_sessions_{curl_share_init()};
  std::vector<easy_handle> spares_;
  // Over HTTP/1.1 a watch holds a connection for minutes; in a lane of their own watches cannot
  // starve requests.
  lane requests_;
  lane streams_;
  std::unordered_map<call_id, std::shared_ptr<exchange>> exchanges_;
  std::vector<call_id> news_;
  bool is_closed_ = false;
};

// What curl calls. It must not be called back from these, so none of them runs code of our users.

/// 5 s of silence, then a probe every 2 s: unanswered for 10 s in all, the connection is over. The
/// same for bytes sent.
int on_socket_made(void*, curl_socket_t socket, curlsocktype) {
  const auto set = [socket](int level, int option, int value) {
    setsockopt(socket, level, option, &value, sizeof value);
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, 5);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 2);
  set(IPPROTO_TCP, TCP_KEEPCNT, 3);
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 10'000);
  return CURL_SOCKOPT_OK;
}

int on_socket_closed(void* self, curl_socket_t socket) {
  static_cast<lane*>(self)->forget(socket);
  return close(socket);
}

/// Curl sends a request again by itself if a reused connection ends without an answer. The server
/// may have acted on it by then, so what must not be repeated is stopped here.
int on_send(void* self, char*, char*, int, int) {
  auto& call = *static_cast<exchange*>(self);
  ++call.times_sent;
  return call.times_sent > 1 && call.call.repeat != repeatable::always ? CURL_PREREQFUNC_ABORT
                                                                       : CURL_PREREQFUNC_OK;
}

std::string in_lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::size_t on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& call = *static_cast<exchange*>(self);
  call.last_byte = steady::now();
  const std::string_view line{bytes, size};
  if (line.starts_with("HTTP/")) {
    long status = 0;
    curl_easy_getinfo(call.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    call.answer = {.status = static_cast<int>(status), .headers = {}, .body = {}};
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    call.answer.headers.insert_or_assign(in_lower_case(line.substr(0, colon)),
                                         std::string{trimmed(line.substr(colon + 1))});
  } else if (trimmed(line).empty() && call.sink && call.is_success()) {
    call.owner.note_news(call);
  }
  return size;
}

std::size_t on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& call = *static_cast<exchange*>(self);
  call.last_byte = steady::now();
  if (call.sink && call.is_success()) {
    call.undelivered.append(bytes, size);
    call.owner.note_news(call);
    return size;
  }
  call.is_too_long = call.answer.body.size() + size > longest_body;
  if (call.is_too_long)
    return 0;
  call.answer.body.append(bytes, size);
  return size;
}

// lane

lane::lane(event_loop& loop, engine& owner, long connections_per_host, long idle_connections)
    : loop_{loop}, owner_{owner}, sockets_{loop, [this](int socket, unsigned readiness) {
                                             owner_.drive(*this, socket,
                                                          readiness == socket_watch::readable
                                                              ? CURL_CSELECT_IN
                                                              : CURL_CSELECT_OUT);
                                           }} {
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi_, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000L);
  curl_multi_setopt(multi_, CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &lane::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &lane::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
}

int lane::on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  auto& sockets = static_cast<lane*>(self)->sockets_;
  if (what == CURL_POLL_REMOVE) {
    sockets.forget(socket);
    return 0;
  }
  unsigned interest = 0;
  if (what == CURL_POLL_IN || what == CURL_POLL_INOUT)
    interest |= socket_watch::readable;
  if (what == CURL_POLL_OUT || what == CURL_POLL_INOUT)
    interest |= socket_watch::writable;
  sockets.watch(socket, interest);
  return 0;
}

int lane::on_timer(CURLM*, long timeout_ms, void* self) {
  auto& to = *static_cast<lane*>(self);
  if (timeout_ms < 0)
    to.timer_.cancel();
  else
    to.timer_ = to.loop_.run_after(milliseconds{timeout_ms},
                                   [&to] { to.owner_.drive(to, CURL_SOCKET_TIMEOUT, 0); });
  return 0;
}

// engine: from a call to a handle

engine::engine(event_loop& loop, std::shared_ptr<const connection_config> config)
    : loop_{loop},
      config_{std::move(config)},
      base_url_{config_->server},
      requests_{loop, *this, busiest_host, busiest_host},
      streams_{loop, *this, 0, 16} {
  curl_share_setopt(tls_sessions_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  if (!config_->tls_server_name.empty())
    rename_host();
}

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
    return {};
  std::string copy{text};
  curl_free(text);
  return copy;
}

/// The name that TLS is to ask for takes the host's place in the URL, while connection and Host
/// header keep the host.
void engine::rename_host() {
  const std::unique_ptr<CURLU, freed_by<curl_url_cleanup>> url{curl_url()};
  if (curl_url_set(url.get(), CURLUPART_URL, base_url_.c_str(), 0) != CURLUE_OK)
    return; // each call will fail on the same URL
  const auto host = part_of(url.get(), CURLUPART_HOST);
  const auto port = part_of(url.get(), CURLUPART_PORT);
  append(connect_to_, "::" + host + ':' + port);
  host_header_ = port.empty() ? host : host + ':' + port;
  curl_url_set(url.get(), CURLUPART_HOST, config_->tls_server_name.c_str(), 0);
  base_url_ = part_of(url.get(), CURLUPART_URL);
  if (base_url_.ends_with('/'))
    base_url_.pop_back();
}

void engine::begin(std::shared_ptr<exchange> call) {
  const call_id id = call->id;
  exchange& begun = *call;
  exchanges_.emplace(id, std::move(call));
  if (is_closed_) {
    conclude(id, error{.code = errc::cancelled,
                       .attempted = begun.call.summary(),
                       .detail = "the transport is closed"});
    return;
  }
  add(begun);
  if (begun.sink)
    await_silence(begun, begun.limit);
}

void engine::add(exchange& call) {
  if (spares_.empty()) {
    call.easy.reset(curl_easy_init());
  } else {
    call.easy = std::move(spares_.back());
    spares_.pop_back();
  }
  call.last_byte = steady::now();
  set_request(call);
  set_headers(call);
  set_connection(call);
  set_tls(call.easy.get());
  curl_multi_add_handle(lane_of(call).multi(), call.easy.get());
}

void engine::set_request(exchange& call) {
  CURL* easy = call.easy.get();
  curl_easy_setopt(easy, CURLOPT_URL, (base_url_ + call.call.target()).c_str());
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  if (call.call.method == "GET")
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  else
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, call.call.method.c_str());
  if (!call.call.body.empty() || call.call.method == "POST") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(call.call.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call.call.body.data());
  }
  curl_easy_setopt(easy, CURLOPT_PRIVATE, &call);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, call.error_text.data());
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &on_send);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, &call);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &call);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &call);
}

void engine::set_headers(exchange& call) {
  call.headers.reset();
  append(call.headers, "Accept: application/json");
  append(call.headers, "Expect:"); // no 100-continue round trip
  if (!call.call.body.empty())
    append(call.headers, "Content-Type: " + call.call.content_type);
  if (!host_header_.empty())
    append(call.headers, "Host: " + host_header_);
  call.token = config_->token ? config_->token() : std::string{};
  if (!call.token.empty())
    append(call.headers, "Authorization: Bearer " + call.token);
  curl_easy_setopt(call.easy.get(), CURLOPT_HTTPHEADER, call.headers.get());
  curl_easy_setopt(call.easy.get(), CURLOPT_USERAGENT, config_->user_agent.c_str());
}

void engine::set_connection(exchange& call) {
  CURL* easy = call.easy.get();
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Not without TLS: curl would wait there for an offer of HTTP/2 that never comes.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, base_url_.starts_with("https") ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  if (!call.sink)
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max(call.limit, milliseconds{1}).count()));
  curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, &on_socket_made);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &on_socket_closed);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, &lane_of(call));
  curl_easy_setopt(easy, CURLOPT_SHARE, tls_sessions_.get());
  if (connect_to_)
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
}

void set_blob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty())
    return;
  // Not copied: the configuration outlives the handle.
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(easy, option, &blob);
}

void engine::set_tls(CURL* easy) {
  const long verify = config_->insecure_skip_tls_verify ? 0 : 1;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify * 2);
  set_blob(easy, CURLOPT_CAINFO_BLOB, config_->ca_pem);
  set_blob(easy, CURLOPT_SSLCERT_BLOB, config_->client_certificate_pem);
  set_blob(easy, CURLOPT_SSLKEY_BLOB, config_->client_key_pem);
}

// engine: from a handle to an answer

void engine::drive(lane& on, curl_socket_t socket, int readiness) {
  const auto alive = shared_from_this();
  int running = 0;
  curl_multi_socket_action(on.multi(), socket, readiness, &running);
  deliver_news();
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(on.multi(), &left)) {
    if (message->msg != CURLMSG_DONE)
      continue;
    const CURLcode code = message->data.result;
    char* finished = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &finished);
    finish(*reinterpret_cast<exchange*>(finished), code);
  }
}

void engine::note_news(exchange& call) {
  if (!std::exchange(call.has_news, true))
    news_.push_back(call.id);
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

/// OpenSSL reports a peer that hung up during the handshake like a handshake that failed.
bool is_lost_handshake(std::string_view text) {
  for (const std::string_view sign :
       {"SSL_ERROR_SYSCALL", "reset by peer", "unexpected eof", "Broken pipe", "timed out"})
    if (text.find(sign) != std::string_view::npos)
      return true;
  return false;
}

errc errc_of(CURLcode code, std::string_view text) {
  switch (code) {
  case CURLE_OPERATION_TIMEDOUT:
    return errc::timeout;
  case CURLE_SSL_CONNECT_ERROR:
    return is_lost_handshake(text) ? errc::connection : errc::tls;
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_INVALIDCERTSTATUS:
    return errc::tls;
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_UNSUPPORTED_PROTOCOL:
  case CURLE_BAD_CONTENT_ENCODING:
    return errc::protocol;
  case CURLE_URL_MALFORMAT:
    return errc::configuration;
  default:
    return errc::connection;
  }
}

error error_of(const exchange& call, CURLcode code) {
  if (call.is_too_long)
    return {.code = errc::protocol,
            .attempted = call.call.summary(),
            .detail = "the answer is longer than " + std::to_string(longest_body) + " bytes",
            .http_status = call.answer.status,
            .maybe_applied = true};
  const std::string text = call.error_text[0] ? call.error_text.data() : curl_easy_strerror(code);
  return {.code = errc_of(code, text),
          .attempted = call.call.summary(),
          .detail = text,
          .http_status = call.answer.status,
          .maybe_applied = call.times_sent > 0};
}

void engine::finish(exchange& call, CURLcode code) {
  if (code == CURLE_OK && has_fresh_token(call)) {
    detach(call);
    call.is_second_try = true;
    call.times_sent = 0;
    call.answer = {};
    add(call);
    return;
  }
  const auto alive = exchanges_.at(call.id);
  if (call.sink && call.answer.status != 0 && !std::exchange(call.told_headers, true))
    call.sink->on_headers(call.answer.status);
  if (code == CURLE_OK)
    conclude(call.id, std::move(call.answer));
  else
    conclude(call.id, error_of(call, code));
}

bool engine::has_fresh_token(exchange& call) {
  return call.answer.status == 401 && !call.is_second_try && config_->token
         && config_->token() != call.token;
}

void engine::detach(exchange& call) {
  if (!call.easy)
    return;
  curl_multi_remove_handle(lane_of(call).multi(), call.easy.get());
  curl_easy_reset(call.easy.get()); // it points into the call
  if (spares_.size() < spare_handles)
    spares_.push_back(std::move(call.easy));
  call.easy.reset();
}

/// The only place where a call ends. Its callback may start, cancel and destroy anything.
void engine::conclude(call_id id, result<response> outcome) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end())
    return;
  const auto call = std::move(found->second);
  exchanges_.erase(found);
  call->idle.cancel();
  detach(*call);
  call->on_done(std::move(outcome));
}

void engine::cancel(call_id id) {
  if (const auto found = exchanges_.find(id); found != exchanges_.end())
    conclude(id, error{.code = errc::cancelled,
                       .attempted = found->second->call.summary(),
                       .detail = "cancelled",
                       .maybe_applied = found->second->times_sent > 0});
}

void engine::shut_down() {
  is_closed_ = true;
  while (!exchanges_.empty())
    cancel(exchanges_.begin()->first);
}

void engine::await_silence(exchange& call, milliseconds wait) {
  call.idle = loop_.run_after(wait, [this, id = call.id] { check_silence(id); });
}

/// Looks only once per limit, so that a busy stream costs no timers.
void engine::check_silence(call_id id) {
  const auto found = exchanges_.find(id);
  if (found == exchanges_.end())
    return;
  exchange& call = *found->second;
  const auto silent = std::chrono::ceil<milliseconds>(steady::now() - call.last_byte);
  if (silent < call.limit)
    return await_silence(call, call.limit - silent);
  conclude(id, error{.code = errc::timeout,
                     .attempted = call.call.summary(),
                     .detail = "nothing came for " + std::to_string(call.limit.count()) + " ms",
                     .http_status = call.answer.status,
                     .maybe_applied = call.times_sent > 0});
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
    return begin(std::make_shared<exchange>(exchange{.owner = *engine_,
                                                     .id = ++last_id_,
                                                     .call = std::move(call),
                                                     .limit = deadline,
                                                     .on_done = std::move(on_done),
                                                     .sink = std::nullopt}));
  }

  call_id stream(request call, milliseconds idle_limit, stream_sink sink,
                 callback<response> on_done) override {
    return begin(std::make_shared<exchange>(exchange{.owner = *engine_,
                                                     .id = ++last_id_,
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
