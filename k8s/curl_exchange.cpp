#include "k8s/curl_exchange.hpp"

namespace k8s {

namespace {

constexpr std::size_t longest_body = 64 << 20;

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

} // namespace

void append(string_list& list, const std::string& line) {
  if (auto* extended = curl_slist_append(list.get(), line.c_str())) {
    list.release();
    list.reset(extended);
  }
}

void exchange::set_request(const std::string& base_url) {
  const auto set = [handle = easy.get()](CURLoption option, auto value) {
    curl_easy_setopt(handle, option, value);
  };
  set(CURLOPT_URL, (base_url + call.target()).c_str());
  set(CURLOPT_PATH_AS_IS, 1L);
  if (call.method == "GET")
    set(CURLOPT_HTTPGET, 1L);
  else
    set(CURLOPT_CUSTOMREQUEST, call.method.c_str());
  if (!call.body.empty() || call.method == "POST") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(call.body.size()));
    set(CURLOPT_POSTFIELDS, call.body.data());
  }
  set(CURLOPT_PRIVATE, this);
  set(CURLOPT_ERRORBUFFER, error_text.data());
  set(CURLOPT_PREREQFUNCTION, &exchange::on_send);
  set(CURLOPT_PREREQDATA, this);
  set(CURLOPT_HEADERFUNCTION, &exchange::on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &exchange::on_body);
  set(CURLOPT_WRITEDATA, this);
}

void exchange::begin_second_try() {
  is_second_try = true;
  times_sent = 0;
  answer = {};
}

/// Curl sends a request again by itself if a reused connection ends without an answer. The server
/// may have acted on it by then, so what must not be repeated is stopped here.
int exchange::on_send(void* self, char*, char*, int, int) {
  auto& sent = *static_cast<exchange*>(self);
  ++sent.times_sent;
  return sent.times_sent > 1 && sent.call.repeat == repeatable::if_refused ? CURL_PREREQFUNC_ABORT
                                                                           : CURL_PREREQFUNC_OK;
}

std::size_t exchange::on_header(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& to = *static_cast<exchange*>(self);
  to.last_byte = std::chrono::steady_clock::now();
  const std::string_view line{bytes, size};
  if (line.starts_with("HTTP/")) {
    long status = 0;
    curl_easy_getinfo(to.easy.get(), CURLINFO_RESPONSE_CODE, &status);
    to.answer = {.status = static_cast<int>(status), .headers = {}, .body = {}};
  } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
    to.answer.headers.insert_or_assign(in_lower_case(line.substr(0, colon)),
                                       std::string{trimmed(line.substr(colon + 1))});
  } else if (trimmed(line).empty() && to.sink && to.is_success()) {
    to.note_news();
  }
  return size;
}

std::size_t exchange::on_body(char* bytes, std::size_t, std::size_t size, void* self) {
  auto& to = *static_cast<exchange*>(self);
  to.last_byte = std::chrono::steady_clock::now();
  if (to.sink && to.is_success()) {
    to.undelivered.append(bytes, size);
    to.note_news();
    return size;
  }
  to.is_too_long = to.answer.body.size() + size > longest_body;
  if (to.is_too_long)
    return 0;
  to.answer.body.append(bytes, size);
  return size;
}

void exchange::note_news() {
  if (!std::exchange(has_news, true))
    news->push_back(id);
}

error exchange::failure(errc code, std::string detail) const {
  return {.code = code,
          .attempted = call.summary(),
          .detail = std::move(detail),
          .http_status = answer.status,
          .maybe_applied = times_sent > 0};
}

error exchange::failure(CURLcode code) const {
  if (is_too_long)
    return failure(errc::protocol,
                   "the answer is longer than " + std::to_string(longest_body) + " bytes");
  std::string text = error_text[0] ? error_text.data() : curl_easy_strerror(code);
  return failure(errc_of(code, text), std::move(text));
}

} // namespace k8s
