#include "crds/duration.hpp"
#include "crds/status_json.hpp"
#include "crds/utf8.hpp"
#include "crds/volume_restore.hpp"

#include <nlohmann/json.hpp>

namespace crds {
namespace {

using nlohmann::json;
using status_json::list_or_null;
using status_json::longest_message;
using status_json::longest_status;
using status_json::text_or_null;
using status_json::time_or_null;
using status_json::without_nulls;

json encode_workload(const std::optional<restored_workload>& workload) {
  if (!workload)
    return nullptr;
  return {
      {"kind", workload->kind},
      {"name", workload->name},
      {"uid", workload->uid},
      {"replicas", workload->replicas ? json(*workload->replicas) : json{}},
      {"templateDigest", text_or_null(workload->template_digest)},
  };
}

json encode_claim(const restore_claim_status& claim) {
  return without_nulls({
      {"claim", text_or_null(claim.claim)},
      {"volumeName", text_or_null(claim.volume_name)},
      {"oldUID", text_or_null(claim.old_uid)},
      {"oldVolume", text_or_null(claim.old_volume)},
      {"oldReclaimPolicy", text_or_null(claim.old_reclaim_policy)},
      {"keptClaim", text_or_null(claim.kept_claim)},
      {"temporaryClaim", text_or_null(claim.temporary_claim)},
      {"newClaim", text_or_null(claim.new_claim)},
      {"newUID", text_or_null(claim.new_uid)},
      {"newVolume", text_or_null(claim.new_volume)},
      {"newReclaimPolicy", text_or_null(claim.new_reclaim_policy)},
      {"snapshot", text_or_null(claim.snapshot)},
      {"storageClassName", text_or_null(claim.storage_class_name)},
      {"size", text_or_null(claim.size)},
      {"bindsLate", claim.binds_late},
      {"state", text_or_null(claim.state)},
  });
}

json encode_timeouts(const std::optional<restore_timeouts>& timeouts) {
  if (!timeouts)
    return nullptr;
  return {
      {"provision", format_duration(timeouts->provision)},
      {"rollout", format_duration(timeouts->rollout)},
      {"total", format_duration(timeouts->total)},
  };
}

/// Of what is chosen; `automatic` is no choice yet.
json encode_strategy(restore_strategy strategy) {
  return strategy == restore_strategy::automatic ? json{} : json(to_string(strategy));
}

json encode_whole(const volume_restore_status& status) {
  return {
      {"phase", text_or_null(std::string{to_string(status.phase)})},
      {"reason", text_or_null(status.reason)},
      {"message", text_or_null(status.message)},
      {"observedGeneration", status.observed_generation},
      {"startTime", time_or_null(status.start_time)},
      {"completionTime", time_or_null(status.completion_time)},
      {"strategy", encode_strategy(status.strategy)},
      {"workload", encode_workload(status.workload)},
      {"claims", list_or_null(status.claims, encode_claim)},
      {"timeouts", encode_timeouts(status.timeouts)},
      {"conditions", encode(status.conditions)},
  };
}

/// Messages quote what drivers have written: any length, any bytes.
std::string legible(const std::string& text, std::size_t longest) {
  return prefix_of(as_utf8(prefix_of(text, longest)), longest); // a byte that is no text is three
}

void limit_messages(volume_restore_status& status, std::size_t longest) {
  status.message = legible(status.message, longest);
  for (auto& each : status.conditions)
    each.message = legible(each.message, longest);
}

} // namespace

json encode(const volume_restore_status& status) {
  auto shrunk = status;
  json encoded;
  for (const auto longest : {longest_message, std::size_t{512}, std::size_t{64}, std::size_t{0}}) {
    limit_messages(shrunk, longest);
    encoded = encode_whole(shrunk);
    if (encoded.dump().size() <= longest_status)
      break;
  }
  return encoded;
}

} // namespace crds
