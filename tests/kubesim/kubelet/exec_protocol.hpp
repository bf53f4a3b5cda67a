#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The channels of an exec session and what the server says on them, apart from any connection.
namespace kubesim {

enum class exec_channel : std::uint8_t {
  input = 0,
  output = 1,
  error = 2,
  status = 3,
  resize = 4,
  close = 255
};

struct exec_protocol {
  std::string name; ///< as answered in Sec-WebSocket-Protocol; empty for the unnamed one
  int version = 0;  ///< from 4 on there is a Status, from 5 on standard input can be closed
  bool is_base64 = false;
};

/// The protocol for what a client offers (the header's value); nothing if all of it is unknown.
std::optional<exec_protocol> choose_protocol(std::string_view offered, int newest = 5);

/// A message as it goes over the wire.
std::string encode_frame(const exec_protocol& protocol, exec_channel channel,
                         std::string_view payload);

struct exec_frame {
  exec_channel channel = exec_channel::input;
  std::string payload;
};

/// Nothing for an empty message or an unknown channel.
std::optional<exec_frame> decode_frame(const exec_protocol& protocol, std::string_view message);

/// The Status texts. `arguments` only shows up in those of v4.
std::string status_of_exit(const exec_protocol& protocol, int exit_code,
                           const std::vector<std::string>& arguments);
std::string status_of_failed_start(const std::string& command, const std::string& why);

} // namespace kubesim
