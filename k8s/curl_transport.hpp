#pragma once

#include "k8s/config/connection_config.hpp"
#include "k8s/transport.hpp"

#include <memory>

namespace k8s {

class event_loop;

/// HTTP/2 where the server offers it over TLS, else HTTP/1.1; connections are reused. Redirects and
/// proxies are not followed, an answer has 64 MiB at most. Each try asks the token source; a 401 is
/// tried again once if the source has another token by then. A silent peer is found within 15 s by
/// TCP probes, also while a stream is quiet.
///
/// Destroyed from any thread, before the loop: what waits is answered with `cancelled` before the
/// destructor returns.
std::shared_ptr<transport> make_curl_transport(event_loop& loop,
                                               std::shared_ptr<const connection_config> config);

} // namespace k8s
