#include "tests/kubesim/kubelet/exec_checks.hpp"

#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>
#include <cctype>

namespace kubesim {
namespace {

constexpr const char* plain_text = "text/plain; charset=utf-8";

plain_answer answer_of(const refusal& why) {
  return {why.code, "application/json", why.status.dump()};
}

bool contains_word(std::string text, std::string_view word) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.find(word) != std::string::npos;
}

std::vector<std::string> container_names(const json& pod, std::string_view group) {
  std::vector<std::string> names;
  for (const auto& spec : at_path(pod, {"spec", group}))
    names.push_back(text_at_path(spec, {"name"}));
  return names;
}

exec_wishes wishes_of(const exec_call& call, std::string container) {
  exec_wishes wishes{.pod = call.pod, .container = std::move(container), .command = {}};
  for (const auto& [name, value] : call.parameters)
    if (name == "command")
      wishes.command.push_back(value);
  wishes.wants_input = http::flag(call.parameters, "stdin");
  wishes.wants_output = http::flag(call.parameters, "stdout");
  wishes.has_terminal = http::flag(call.parameters, "tty");
  wishes.wants_error = http::flag(call.parameters, "stderr") && !wishes.has_terminal;
  return wishes;
}

} // namespace

std::variant<std::string, refusal> choose_container(const json& pod, const std::string& wanted) {
  const auto name = text_at_path(pod, {"metadata", "name"});
  const auto containers = container_names(pod, "containers");
  if (wanted.empty() && containers.size() == 1)
    return containers.front();
  if (wanted.empty()) {
    std::string all;
    for (const auto& it : containers)
      all += (all.empty() ? "" : " ") + it;
    return status_error::bad_request("a container name must be specified for pod " + name
                                     + ", choose one of: [" + all + "]");
  }
  for (const char* group : {"containers", "initContainers", "ephemeralContainers"})
    for (const auto& it : container_names(pod, group))
      if (it == wanted)
        return wanted;
  return status_error::bad_request("container " + wanted + " is not valid for pod " + name);
}

std::variant<accepted_exec, plain_answer> check_exec(pod_store& pods, const exec_call& call) {
  if (call.method != "GET" && call.method != "POST")
    return answer_of(status_error::method_not_allowed());
  const auto& kubelet = pods.context();
  const auto pod = kubelet.objects.find(kubelet.pods, call.pod);
  if (!pod)
    return answer_of(status_error::not_found(kubelet.pods, call.pod.name));
  const auto container = choose_container(*pod, http::value_of(call.parameters, "container"));
  if (const auto* why = std::get_if<refusal>(&container))
    return answer_of(*why);
  if (text_at_path(*pod, {"spec", "nodeName"}).empty())
    return answer_of(
        status_error::bad_request("pod " + call.pod.name + " does not have a host assigned"));
  if (!contains_word(call.upgrade, "websocket") || !contains_word(call.connection, "upgrade"))
    return answer_of(status_error::bad_request("Upgrade request required"));

  auto wishes = wishes_of(call, std::get<std::string>(container));
  if (!wishes.wants_input && !wishes.wants_output && !wishes.wants_error)
    return plain_answer{400, plain_text, "you must specify at least 1 of stdin, stdout, stderr"};
  if (call.method != "GET")
    return plain_answer{405, {}, "bad method"};
  if (call.websocket_version != "13")
    return plain_answer{400, {}, "missing or bad WebSocket Version"};
  auto* worker = pods.find(call.pod);
  const auto* run = worker ? worker->find(wishes.container) : nullptr;
  if (!run || run->facts().state != container_state::running)
    return plain_answer{500, plain_text, "container not found (\"" + wishes.container + "\")"};
  auto protocol = choose_protocol(call.protocols, kubelet.options.newest_exec_protocol);
  if (!protocol)
    return plain_answer{403, {}, {}};
  return accepted_exec{std::move(*protocol), std::move(wishes)};
}

} // namespace kubesim
