#include "crds/volume_restore.hpp"

#include "crds/restore_words.hpp"
#include "crds/spec_reader.hpp"

#include <nlohmann/json.hpp>

namespace crds {
namespace {

using k8s::json_reader;
using nlohmann::json;

restore_timeouts read_timeouts(const spec_reader& in) {
  const restore_timeouts usual;
  return {
      .provision = in.duration("provision").value_or(usual.provision),
      .rollout = in.duration("rollout").value_or(usual.rollout),
      .total = in.duration("total").value_or(usual.total),
  };
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& each : names)
    text += (text.empty() ? "" : ", ") + each;
  return text;
}

void note_senseless_source(const spec_reader& in, const volume_restore_spec& spec) {
  const auto &backup = spec.backup_name, &snapshot = spec.volume_snapshot_name;
  if (backup.empty() && snapshot.empty())
    in.note("source", "", "names nothing; write backupName or volumeSnapshotName");
  else if (!backup.empty() && !snapshot.empty())
    in.note("source", joined({backup, snapshot}),
            "is a backup and a snapshot; write one of backupName and volumeSnapshotName");
  else if (!snapshot.empty() && spec.claims.size() != 1)
    in.note("claims", joined(spec.claims),
            "is not one claim; write the one that source.volumeSnapshotName is restored to");
}

volume_restore_spec read_spec(const spec_reader& in) {
  namespace words = restore_words;
  volume_restore_spec spec;
  spec.application_ref = in.text("applicationRef");
  if (spec.application_ref.empty())
    in.note("applicationRef", "", "names nothing; write e.g. mysql or deployment/mysql");
  const auto source = in.child("source");
  spec.backup_name = source.text("backupName");
  spec.volume_snapshot_name = source.text("volumeSnapshotName");
  spec.claims = in.text_list("claims");
  note_senseless_source(in, spec);
  spec.strategy = in.choice("strategy", words::strategies).value_or(spec.strategy);
  spec.storage_class_name = in.text("storageClassName");
  spec.old_claim_policy
      = in.choice("oldClaimPolicy", words::old_claim_policies).value_or(spec.old_claim_policy);
  spec.rollback = in.choice("rollback", words::rollbacks).value_or(spec.rollback);
  spec.timeouts = read_timeouts(in.child("timeouts"));
  spec.cancel = in.flag("cancel", false);
  return spec;
}

std::optional<restored_workload> read_workload(const json_reader& status) {
  if (!status.has("workload"))
    return std::nullopt;
  const auto in = status.child("workload");
  restored_workload workload;
  workload.kind = in.text("kind");
  workload.name = in.text("name");
  workload.uid = in.text("uid");
  if (const auto replicas = in.optional_integer("replicas"))
    workload.replicas = static_cast<std::int32_t>(*replicas);
  workload.template_digest = in.text("templateDigest");
  return workload;
}

restore_claim_status read_claim(const json_reader& in) {
  return {
      .claim = in.text("claim"),
      .volume_name = in.text("volumeName"),
      .old_uid = in.text("oldUID"),
      .old_volume = in.text("oldVolume"),
      .old_reclaim_policy = in.text("oldReclaimPolicy"),
      .kept_claim = in.text("keptClaim"),
      .temporary_claim = in.text("temporaryClaim"),
      .new_claim = in.text("newClaim"),
      .new_uid = in.text("newUID"),
      .new_volume = in.text("newVolume"),
      .new_reclaim_policy = in.text("newReclaimPolicy"),
      .snapshot = in.text("snapshot"),
      .storage_class_name = in.text("storageClassName"),
      .size = in.text("size"),
      .binds_late = in.flag("bindsLate"),
      .state = in.text("state"),
  };
}

/// Only this program writes a status, so what it does not know fails the decoding: taken for
/// absent, a restore that has scaled its workload to zero would look like a new one.
volume_restore_status read_status(const json_reader& in, std::vector<std::string>& problems) {
  const spec_reader strict{in, "status", problems};
  volume_restore_status status;
  status.phase = strict.choice("phase", restore_words::phases).value_or(restore_phase::none);
  status.reason = in.text("reason");
  status.message = in.text("message");
  status.observed_generation = in.integer("observedGeneration");
  status.start_time = in.time("startTime");
  status.completion_time = in.time("completionTime");
  status.strategy = strict.choice("strategy", restore_words::strategies).value_or(status.strategy);
  status.workload = read_workload(in);
  for (const auto& each : in.items("claims"))
    status.claims.push_back(read_claim(each));
  if (in.has("timeouts"))
    status.timeouts = read_timeouts(strict.child("timeouts"));
  status.conditions = read_conditions(in);
  return status;
}

} // namespace

bool is_final(restore_phase phase) {
  return phase == restore_phase::completed || phase == restore_phase::rolled_back
         || phase == restore_phase::failed || phase == restore_phase::cancelled;
}

std::string_view to_string(restore_phase phase) {
  return word_of(restore_words::phases, phase);
}

std::string_view to_string(restore_strategy strategy) {
  return word_of(restore_words::strategies, strategy);
}

k8s::result<volume_restore> volume_restore::decode(const json& object) {
  std::vector<std::string> status_problems;
  auto read = k8s::decode_object<volume_restore>(
      object, kind.kind, [&](const json_reader& in, volume_restore& restore) {
        restore.spec = read_spec({in.child("spec"), "spec", restore.spec_problems});
        restore.status = read_status(in.child("status"), status_problems);
      });
  if (read && !status_problems.empty())
    return k8s::decode_error(object, kind.kind, status_problems.front());
  return read;
}

} // namespace crds
