#pragma once

#include "tests/kubesim/kubelet/pod_store.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace boost::asio {
class io_context;
}

namespace kubesim {

/// The last lines of a text.
std::string last_lines(const std::string& text, std::int64_t count);

/// Where a log's text goes; all of it is let go when there is no more.
struct log_reader {
  std::function<void(std::string_view)> write;
  std::function<bool()> is_gone;
};

struct log_wishes {
  object_ref pod;
  std::string container;
  bool of_previous = false, follow = false;
  std::optional<std::int64_t> tail_lines;
};

/// Sends a container's log, and with `follow` what is added until the container ends. A refusal is
/// answered before anything is written.
std::optional<refusal> send_log(pod_store& pods, boost::asio::io_context& loop,
                                const log_wishes& wishes, log_reader reader);

} // namespace kubesim
