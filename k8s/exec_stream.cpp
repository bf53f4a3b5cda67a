#include "k8s/exec_stream.hpp"

#include "k8s/resources/pod.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace k8s {
namespace {

using nlohmann::json;

constexpr char stdin_channel = 0;
constexpr char stdout_channel = 1;
constexpr char stderr_channel = 2;
constexpr char status_channel = 3;
constexpr char close_channel = '\xff';

/// What container runtimes (runc, crun, containerd, cri-o, dockershim) say when the process did not
/// come into being. Other internal errors may have hit a process that runs.
constexpr std::array start_failures{
    std::string_view{"failed to start exec"},
    std::string_view{"unable to start container process"},
    std::string_view{"OCI runtime exec failed"},
    std::string_view{"executable file"},
    std::string_view{"no such file or directory"},
    std::string_view{"permission denied"},
    std::string_view{"container not found"},
    std::string_view{"is not running"},
    std::string_view{"could not start"},
};

std::string text_at(const json& object, const char* field) {
  if (!object.is_object())
    return {};
  const auto found = object.find(field);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::vector<json> causes_of(const json& status) {
  const auto details = status.find("details");
  if (details == status.end() || !details->is_object())
    return {};
  const auto causes = details->find("causes");
  if (causes == details->end() || !causes->is_array())
    return {};
  return {causes->begin(), causes->end()};
}

std::optional<std::string> exit_code_text(const std::vector<json>& causes) {
  for (const auto& cause : causes)
    if (text_at(cause, "reason") == "ExitCode")
      return text_at(cause, "message");
  return std::nullopt;
}

std::optional<int> parse_exit_code(std::string_view text) {
  int code = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), code);
  if (failure != std::errc{} || end != text.data() + text.size() || code < 0)
    return std::nullopt;
  return code;
}

bool says_never_started(std::string_view text) {
  return std::any_of(start_failures.begin(), start_failures.end(), [&](std::string_view known) {
    return text.find(known) != std::string_view::npos;
  });
}

std::string message_and_causes(const json& status, const std::vector<json>& causes) {
  std::string text = text_at(status, "message");
  for (const auto& cause : causes)
    if (const auto more = text_at(cause, "message"); text.find(more) == std::string::npos)
      text += (text.empty() ? "" : ": ") + more;
  return text;
}

} // namespace

request exec_upgrade_request(const exec_request& what) {
  auto call = get_request(pod::kind, what.pod);
  call.path += "/exec";
  for (const auto& word : what.command)
    call.query.emplace_back("command", word);
  call.query.emplace_back("container", what.container);
  if (what.with_stdin)
    call.query.emplace_back("stdin", "true");
  call.query.emplace_back("stdout", "true");
  call.query.emplace_back("stderr", "true");
  call.repeat = repeatable::if_refused;
  call.verb = "connect";
  call.resource = "pods/exec";
  return call;
}

std::vector<std::string> stdin_messages(std::string_view bytes) {
  std::vector<std::string> messages;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), longest_stdin_payload))) {
    std::string message(1, stdin_channel);
    message += bytes.substr(0, longest_stdin_payload);
    messages.push_back(std::move(message));
  }
  return messages;
}

std::string close_stdin_message() {
  return {close_channel, stdin_channel};
}

exec_message exec_stream_decoder::decode(std::string_view message) {
  if (message.empty())
    return exec_garbage{"a message without a channel byte"};
  const auto payload = message.substr(1);
  switch (message.front()) {
  case stdout_channel:
  case stderr_channel:
    if (payload.empty())
      return exec_nothing{}; // the server opens with one; end-of-file looks otherwise
    output_seen_ = true;
    return exec_output{message.front() == stdout_channel ? exec_channel::standard_output
                                                         : exec_channel::standard_error,
                       payload};
  case status_channel:
    return payload.empty() ? exec_message{exec_nothing{}} : outcome_of(payload);
  default:
    return exec_nothing{};
  }
}

exec_outcome exec_stream_decoder::outcome_of(std::string_view text) const {
  const auto status = json::parse(text, nullptr, false);
  if (!status.is_object())
    return lost(errc::protocol,
                "the final status is no JSON object: " + std::string{text.substr(0, 200)});
  const auto word = text_at(status, "status");
  if (word == "Success")
    return exec_exited{0};
  if (word != "Failure")
    return lost(errc::protocol, "the final status is neither Success nor Failure: `" + word + "`");

  const auto causes = causes_of(status);
  if (const auto code_text = exit_code_text(causes)) {
    const auto code = parse_exit_code(*code_text);
    return code ? exec_outcome{exec_exited{*code}}
                : lost(errc::protocol, "the exit code is no number: `" + *code_text + "`");
  }
  const auto why = message_and_causes(status, causes);
  if (output_seen_ || text_at(status, "reason") != "InternalError" || !says_never_started(why))
    return lost(errc::unavailable, why);
  error cause;
  cause.code = errc::unavailable;
  cause.attempted = attempted_;
  cause.detail = why;
  cause.reason = "InternalError";
  return exec_refused{std::move(cause)};
}

exec_outcome exec_stream_decoder::lost(errc code, std::string detail) const {
  error cause;
  cause.code = code;
  cause.attempted = attempted_;
  cause.detail = std::move(detail);
  cause.maybe_applied = true;
  return exec_lost{std::move(cause)};
}

} // namespace k8s
