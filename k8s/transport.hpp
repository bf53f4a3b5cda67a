#pragma once

#include "k8s/request.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace k8s {

struct response {
  int status = 0;
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;
};

/// Where a streamed answer (a watch) goes.
struct stream_sink {
  std::function<void(int status)> on_headers;
  std::function<void(std::string_view bytes)> on_bytes; ///< only of a 2xx answer
};

using call_id = std::uint64_t;

/// The seam between this library and the network. One try, no retries. Any thread may start and
/// cancel; callbacks come on the loop's thread, `on_done` exactly once, also for cancel
/// (`errc::cancelled`) and at destruction.
class transport {
public:
  virtual ~transport() = default;

  /// `deadline` bounds the whole exchange.
  virtual call_id start(request call, std::chrono::milliseconds deadline,
                        callback<response> on_done)
      = 0;

  /// Streams until the server ends it. `idle_limit`: no byte for that long is a dead peer
  /// (`errc::timeout`). `on_done` has the status and, for an answer that is not 2xx, its body.
  virtual call_id stream(request call, std::chrono::milliseconds idle_limit, stream_sink sink,
                         callback<response> on_done)
      = 0;

  virtual void cancel(call_id call) = 0;
};

} // namespace k8s
