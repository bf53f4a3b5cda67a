#include "k8s/curl_endpoint.hpp"

#include "k8s/server_address.hpp"

namespace k8s {

namespace {

constexpr long connect_timeout_ms = 10'000;

void set_blob(CURL* easy, CURLoption option, const std::string& pem) {
  if (pem.empty())
    return;
  // Not copied: the configuration outlives the handle.
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(easy, option, &blob);
}

} // namespace

curl_endpoint::curl_endpoint(std::shared_ptr<const connection_config> config)
    : config_{std::move(config)}, base_url_{config_->server} {
  curl_share_setopt(tls_sessions_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  if (!config_->tls_server_name.empty())
    use_name_for_tls();
}

/// The name that TLS is to ask for takes the host's place in the URL, while connection and Host
/// header keep the host.
void curl_endpoint::use_name_for_tls() {
  const auto address = parse_server_address(config_->server);
  if (!address)
    return; // each call will fail on the same URL
  const bool is_ipv6 = address->host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? '[' + address->host + ']' : address->host;
  append(connect_to_, "::" + host + ':' + address->port);
  host_header_ = address->authority;
  base_url_ = (address->is_tls ? "https://" : "http://") + config_->tls_server_name + ':'
              + address->port + address->prefix;
}

void curl_endpoint::prepare(exchange& call) const {
  call.set_request(base_url_);
  set_headers(call);
  set_connection(call.easy.get());
  set_tls(call.easy.get());
}

bool curl_endpoint::has_fresh_token(const exchange& refused) const {
  return refused.answer.status == 401 && config_->token && config_->token() != refused.token;
}

void curl_endpoint::set_headers(exchange& call) const {
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

void curl_endpoint::set_connection(CURL* easy) const {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Not without TLS: curl would wait there for an offer of HTTP/2 that never comes.
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, base_url_.starts_with("https") ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
  curl_easy_setopt(easy, CURLOPT_SHARE, tls_sessions_.get());
  if (connect_to_)
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, connect_to_.get());
}

void curl_endpoint::set_tls(CURL* easy) const {
  const long verify = config_->insecure_skip_tls_verify ? 0 : 1;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify * 2);
  set_blob(easy, CURLOPT_CAINFO_BLOB, config_->ca_pem);
  set_blob(easy, CURLOPT_SSLCERT_BLOB, config_->client_certificate_pem);
  set_blob(easy, CURLOPT_SSLKEY_BLOB, config_->client_key_pem);
}

} // namespace k8s
