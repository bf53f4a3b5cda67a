#pragma once

#include "k8s/exec.hpp"
#include "k8s/request.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Pure: the messages of an exec stream, without the WebSocket around them. One message is one
/// channel byte and its payload.
namespace k8s {

inline constexpr std::string_view exec_protocol_v5 = "v5.channel.k8s.io";
inline constexpr std::string_view exec_protocol_v4 = "v4.channel.k8s.io";

/// Longest payload of one message of standard input.
inline constexpr std::size_t longest_stdin_payload = 32 * 1024;

/// The request that opens the stream, without the headers of the upgrade.
request exec_upgrade_request(const exec_request& what);

/// `bytes` as messages for standard input, in order.
std::vector<std::string> stdin_messages(std::string_view bytes);
/// Half-closes standard input; known to v5 only.
std::string close_stdin_message();

struct exec_nothing {}; ///< the empty first message, or a channel not in use
struct exec_output {
  exec_channel channel;
  std::string_view bytes; ///< a part of the message
};
struct exec_garbage {
  std::string detail;
};
using exec_message = std::variant<exec_nothing, exec_output, exec_outcome, exec_garbage>;

/// Reads the server's messages of one stream, in order.
class exec_stream_decoder {
public:
  /// `attempted` goes into errors.
  explicit exec_stream_decoder(std::string attempted) : attempted_{std::move(attempted)} {}

  exec_message decode(std::string_view message);

private:
  exec_outcome outcome_of(std::string_view status) const;
  exec_outcome lost(errc code, std::string detail) const;

  std::string attempted_;
  bool output_seen_ = false;
};

} // namespace k8s
