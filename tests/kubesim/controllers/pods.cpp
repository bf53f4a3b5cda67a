#include "tests/kubesim/controllers/pods.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>
#include <tuple>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;

std::string ready_since(const json& pod) {
  return text_at(condition_of(field(pod, {"status"}), "Ready"), {"lastTransitionTime"});
}

std::int64_t deletion_cost(const json& pod) {
  const auto text
      = text_at(pod, {"metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"});
  return std::strtoll(text.c_str(), nullptr, 10);
}

int phase_rank(const json& pod) {
  const auto phase = text_at(pod, {"status", "phase"});
  if (phase == "Pending")
    return 0;
  return phase == "Running" ? 2 : 1;
}

std::int64_t restarts(const json& pod) {
  std::int64_t most = 0;
  for (const auto& container : items_at(pod, {"status", "containerStatuses"}))
    most = std::max(most, number_at(container, {"restartCount"}));
  return most;
}

std::string reversed(std::string time) {
  std::transform(time.begin(), time.end(), time.begin(),
                 [](char c) { return static_cast<char>(255 - static_cast<unsigned char>(c)); });
  return time;
}

} // namespace

bool has_finished(const json& pod) {
  const auto phase = text_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool is_active(const json& pod) {
  return !has_finished(pod) && !is_being_deleted(pod);
}

bool is_ready(const json& pod) {
  return is_true(field(pod, {"status"}), "Ready");
}

std::optional<std::chrono::milliseconds>
time_to_available(const json& pod, std::chrono::seconds minimum, time_point now) {
  if (!is_ready(pod) || minimum <= 0s)
    return std::nullopt;
  const auto since = kinds::parse_time(ready_since(pod));
  if (!since || *since + minimum <= now)
    return std::nullopt;
  return std::chrono::ceil<std::chrono::milliseconds>(*since + minimum - now);
}

std::chrono::seconds minimum_ready(const json& workload) {
  return std::chrono::seconds{number_at(workload, {"spec", "minReadySeconds"})};
}

bool is_available(const json& pod, std::chrono::seconds minimum, time_point now) {
  return is_ready(pod) && !time_to_available(pod, minimum, now);
}

std::vector<std::string> claims_of(const json& pod) {
  std::vector<std::string> names;
  for (const auto& volume : items_at(pod, {"spec", "volumes"})) {
    if (auto name = text_at(volume, {"persistentVolumeClaim", "claimName"}); !name.empty())
      names.push_back(std::move(name));
    else if (volume.contains("ephemeral"))
      names.push_back(text_at(pod, {"metadata", "name"}) + "-" + text_at(volume, {"name"}));
  }
  return names;
}

json pod_from_template(const json& pod_template, const resource_type& owner_type,
                       const json& owner) {
  json metadata = json::object();
  for (const char* kept : {"labels", "annotations", "finalizers"})
    if (const auto& value = field(pod_template, {"metadata", kept}); !value.is_null())
      metadata[kept] = value;
  metadata["namespace"] = text_at(owner, {"metadata", "namespace"});
  metadata["ownerReferences"] = json::array({controller_reference_to(owner_type, owner)});
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", std::move(metadata)},
          {"spec", field(pod_template, {"spec"})}};
}

void sort_by_expendability(std::vector<stored>& pods) {
  const auto rank = [](const stored& pod) {
    return std::tuple{!text_at(*pod, {"spec", "nodeName"}).empty(),
                      phase_rank(*pod),
                      is_ready(*pod),
                      deletion_cost(*pod),
                      reversed(ready_since(*pod)),
                      -restarts(*pod),
                      reversed(text_at(*pod, {"metadata", "creationTimestamp"}))};
  };
  std::stable_sort(pods.begin(), pods.end(),
                   [&](const stored& a, const stored& b) { return rank(a) < rank(b); });
}

} // namespace kubesim::control
