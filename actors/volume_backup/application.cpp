#include "actors/volume_backup/application.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace actors {

std::optional<application_ref> parse_application_ref(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, application_kind>, 5> kinds{
      {{"deployment", application_kind::deployment},
       {"statefulset", application_kind::stateful_set},
       {"daemonset", application_kind::daemon_set},
       {"pod", application_kind::pod},
       {"persistentvolumeclaim", application_kind::claim}}};
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return text.empty()
               ? std::nullopt
               : std::optional{application_ref{application_kind::any_workload, std::string{text}}};
  const auto name = text.substr(slash + 1);
  if (name.empty() || name.find('/') != std::string_view::npos)
    return std::nullopt;
  for (const auto& [word, kind] : kinds)
    if (word == text.substr(0, slash))
      return application_ref{kind, std::string{name}};
  return std::nullopt;
}

bool selects(const k8s::label_selector& selector,
             const std::map<std::string, std::string>& labels) {
  for (const auto& [key, value] : selector.match_labels)
    if (const auto label = labels.find(key); label == labels.end() || label->second != value)
      return false;
  return std::all_of(
      selector.match_expressions.begin(), selector.match_expressions.end(),
      [&labels](const auto& requirement) {
        const auto label = labels.find(requirement.key);
        const bool is_there = label != labels.end();
        const auto& values = requirement.values;
        const bool is_listed
            = is_there && std::find(values.begin(), values.end(), label->second) != values.end();
        if (requirement.op == "In")
          return is_listed;
        if (requirement.op == "NotIn")
          return !is_listed;
        return requirement.op == "Exists" ? is_there : !is_there;
      });
}

bool has_ended(const k8s::pod& pod) {
  return pod.phase == "Succeeded" || pod.phase == "Failed";
}

std::vector<k8s::pod> pods_of(const found_workload& workload, const std::vector<k8s::pod>& pods) {
  std::vector<k8s::pod> chosen;
  std::copy_if(pods.begin(), pods.end(), std::back_inserter(chosen),
               [&workload](const k8s::pod& pod) {
                 return !has_ended(pod) && selects(workload.selector, pod.metadata.labels);
               });
  return chosen;
}

std::vector<std::string> claims_of(const std::vector<k8s::pod>& pods) {
  std::set<std::string> names;
  for (const auto& pod : pods)
    for (const auto& [volume, claim] : pod.claims)
      names.insert(claim);
  return {names.begin(), names.end()};
}

} // namespace actors
