#include "tests/kubesim/kubelet/exec_protocol.hpp"

#include <array>

namespace kubesim {
namespace {

using ordered = nlohmann::ordered_json;

/// In the order of the server's preference.
const std::array known_protocols{
    exec_protocol{"v5.channel.k8s.io", 5, false},
    exec_protocol{"v4.channel.k8s.io", 4, false},
    exec_protocol{"v4.base64.channel.k8s.io", 4, true},
    exec_protocol{"channel.k8s.io", 1, false},
    exec_protocol{"base64.channel.k8s.io", 1, true},
};

std::vector<std::string_view> split_list(std::string_view text) {
  std::vector<std::string_view> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    auto item = text.substr(0, comma);
    while (item.starts_with(' '))
      item.remove_prefix(1);
    while (item.ends_with(' '))
      item.remove_suffix(1);
    if (!item.empty())
      items.push_back(item);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
  }
  return items;
}

constexpr std::string_view alphabet
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8
              | (i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : std::uint8_t{0});
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k > bytes.size() ? '=' : alphabet[group >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos)
      continue;
    group = group << 6 | static_cast<std::uint32_t>(digit);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes += static_cast<char>(group >> bits & 0xff);
    }
  }
  return bytes;
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const auto& word : words)
    all += (all.empty() ? "" : " ") + word;
  return all;
}

std::string dump(const ordered& status) {
  return status.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

} // namespace

std::optional<exec_protocol> choose_protocol(std::string_view offered, int newest) {
  const auto names = split_list(offered);
  if (names.empty())
    return exec_protocol{};
  for (const auto& known : known_protocols)
    for (const auto name : names)
      if (name == known.name && known.version <= newest)
        return known;
  return std::nullopt;
}

std::string encode_frame(const exec_protocol& protocol, exec_channel channel,
                         std::string_view payload) {
  const auto number = static_cast<char>(channel);
  if (protocol.is_base64)
    return std::string(1, static_cast<char>('0' + number)) + to_base64(payload);
  std::string frame(1, number);
  return frame.append(payload);
}

std::optional<exec_frame> decode_frame(const exec_protocol& protocol, std::string_view message) {
  if (message.empty())
    return std::nullopt;
  const auto first = static_cast<std::uint8_t>(message.front());
  const auto number = protocol.is_base64 ? static_cast<std::uint8_t>(first - '0') : first;
  if (number > 4 && number != 255)
    return std::nullopt;
  message.remove_prefix(1);
  return exec_frame{static_cast<exec_channel>(number),
                    protocol.is_base64 ? from_base64(message) : std::string{message}};
}

std::string status_of_exit(const exec_protocol& protocol, int exit_code,
                           const std::vector<std::string>& arguments) {
  if (exit_code == 0)
    return R"({"metadata":{},"status":"Success"})";
  const auto code = std::to_string(exit_code);
  const auto detail = protocol.version >= 5 ? "command terminated with exit code " + code
                                            : "error executing command [" + joined(arguments)
                                                  + "], exit code " + code;
  const ordered cause{{"reason", "ExitCode"}, {"message", code}};
  return dump({{"metadata", ordered::object()},
               {"status", "Failure"},
               {"message", "command terminated with non-zero exit code: " + detail},
               {"reason", "NonZeroExitCode"},
               {"details", {{"causes", ordered::array({cause})}}}});
}

std::string status_of_failed_start(const std::string& command, const std::string& why) {
  const auto runtime = "error executing command in container: failed to exec in container: failed "
                       "to start exec: OCI runtime exec failed: exec failed: unable to start "
                       "container process: exec: \""
                       + command + "\": " + why;
  const ordered cause{{"message", runtime}};
  return dump({{"metadata", ordered::object()},
               {"status", "Failure"},
               {"message", "Internal error occurred: " + runtime},
               {"reason", "InternalError"},
               {"details", {{"causes", ordered::array({cause})}}},
               {"code", 500}});
}

} // namespace kubesim
