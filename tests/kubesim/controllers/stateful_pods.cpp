#include "tests/kubesim/controllers/stateful_pods.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>
#include <charconv>

namespace kubesim::control {
namespace {

std::string claim_name(const json& set, const json& claim_template, int ordinal) {
  return text_at(claim_template, {"metadata", "name"}) + "-" + stateful_pod_name(set, ordinal);
}

/// Claims take the place of volumes of the same name in the template.
json volumes_of(const json& set, int ordinal, const json& pod_template) {
  json volumes = json::array();
  for (const auto& claim : items_at(set, {"spec", "volumeClaimTemplates"}))
    volumes.push_back(
        {{"name", field(claim, {"metadata", "name"})},
         {"persistentVolumeClaim", {{"claimName", claim_name(set, claim, ordinal)}}}});
  const auto claimed = volumes.size();
  for (const auto& volume : items_at(pod_template, {"spec", "volumes"}))
    if (std::none_of(volumes.begin(), volumes.begin() + static_cast<std::ptrdiff_t>(claimed),
                     [&](const json& one) { return one["name"] == volume["name"]; }))
      volumes.push_back(volume);
  return volumes;
}

} // namespace

std::string stateful_pod_name(const json& set, int ordinal) {
  return text_at(set, {"metadata", "name"}) + "-" + std::to_string(ordinal);
}

std::optional<int> ordinal_of(const json& set, const std::string& pod_name) {
  const auto prefix = text_at(set, {"metadata", "name"}) + "-";
  if (!pod_name.starts_with(prefix))
    return std::nullopt;
  int ordinal = 0;
  const auto* end = pod_name.data() + pod_name.size();
  const auto [rest, problem] = std::from_chars(pod_name.data() + prefix.size(), end, ordinal);
  if (problem != std::errc{} || rest != end)
    return std::nullopt;
  return ordinal;
}

json stateful_pod(const json& set, const resource_type& set_type, int ordinal,
                  const json& pod_template, const std::string& revision) {
  auto pod = pod_from_template(pod_template, set_type, set);
  const auto name = stateful_pod_name(set, ordinal);
  auto& metadata = pod["metadata"];
  metadata["name"] = name;
  metadata["labels"]["statefulset.kubernetes.io/pod-name"] = name;
  metadata["labels"]["apps.kubernetes.io/pod-index"] = std::to_string(ordinal);
  metadata["labels"]["controller-revision-hash"] = revision;
  pod["spec"]["hostname"] = name;
  if (auto service = text_at(set, {"spec", "serviceName"}); !service.empty())
    pod["spec"]["subdomain"] = service;
  if (auto volumes = volumes_of(set, ordinal, pod_template); !volumes.empty())
    pod["spec"]["volumes"] = std::move(volumes);
  return pod;
}

std::vector<json> stateful_claims(const json& set, int ordinal) {
  std::vector<json> claims;
  for (const auto& claim_template : items_at(set, {"spec", "volumeClaimTemplates"})) {
    auto labels = members_at(claim_template, {"metadata", "labels"});
    labels.update(members_at(set, {"spec", "selector", "matchLabels"}));
    json metadata{{"name", claim_name(set, claim_template, ordinal)},
                  {"labels", std::move(labels)}};
    if (const auto& notes = field(claim_template, {"metadata", "annotations"}); !notes.is_null())
      metadata["annotations"] = notes;
    claims.push_back({{"apiVersion", "v1"},
                      {"kind", "PersistentVolumeClaim"},
                      {"metadata", std::move(metadata)},
                      {"spec", field(claim_template, {"spec"})}});
  }
  return claims;
}

claim_owner owner_of_claims(const json& set, bool is_condemned) {
  const json& policy = field(set, {"spec", "persistentVolumeClaimRetentionPolicy"});
  if (is_condemned && text_at(policy, {"whenScaled"}) == "Delete")
    return claim_owner::pod;
  return text_at(policy, {"whenDeleted"}) == "Delete" ? claim_owner::set : claim_owner::nobody;
}

} // namespace kubesim::control
