#include "actors/freeze_session/hook_annotations.hpp"

#include <algorithm>
#include <array>

namespace freeze_session {
namespace {

constexpr std::string_view dotted_prefix = "backups.example.com.";
constexpr std::string_view slashed_prefix = "backups.example.com/";

constexpr std::array<std::string_view, 9> hook_annotations{
    annotation::pre_hook,     annotation::post_hook,   annotation::hook_session,
    annotation::hook_ready,   annotation::hook_preset, annotation::hook_container,
    annotation::hook_timeout, annotation::hook_pods,   annotation::hook_probe};

} // namespace

std::string slashed_form(std::string_view annotation) {
  return std::string{slashed_prefix} + std::string{annotation.substr(dotted_prefix.size())};
}

bool carries_hook_annotation(const k8s::pod& pod) {
  auto is_set = [&](const std::string& name) {
    auto found = pod.metadata.annotations.find(name);
    return found != pod.metadata.annotations.end() && !is_blank(found->second);
  };
  return std::any_of(hook_annotations.begin(), hook_annotations.end(), [&](auto name) {
    return is_set(std::string{name}) || is_set(slashed_form(name));
  });
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

} // namespace freeze_session
