#include "crds/volume_backup.hpp"

#include "crds/backup_words.hpp"
#include "crds/spec_reader.hpp"

#include <nlohmann/json.hpp>

namespace crds {
namespace {

using k8s::json_reader;
using nlohmann::json;
backup_timeouts read_timeouts(const spec_reader& in) {
  const backup_timeouts usual;
  return {
      .freeze = in.duration("freeze").value_or(usual.freeze),
      .max_freeze = in.duration("maxFreeze").value_or(usual.max_freeze),
      .thaw = in.duration("thaw").value_or(usual.thaw),
      .ready = in.duration("ready").value_or(usual.ready),
      .total = in.duration("total").value_or(usual.total),
  };
}

volume_backup_spec read_spec(const spec_reader& in) {
  namespace words = backup_words;
  volume_backup_spec spec;
  spec.application_ref = in.text("applicationRef");
  if (spec.application_ref.empty())
    in.note("applicationRef", "", "names nothing; write e.g. mysql or deployment/mysql");
  spec.claims = in.text_list("claims");
  spec.provider_ref = in.text("providerRef");
  spec.snapshot_class_name = in.text("snapshotClassName");
  spec.snapshot_mode
      = in.choice("snapshotMode", words::snapshot_modes).value_or(spec.snapshot_mode);
  const auto hooks = in.child("hooks");
  spec.hooks.policy = hooks.choice("policy", words::hooks_policies).value_or(spec.hooks.policy);
  spec.hooks.on_failure
      = hooks.choice("onFailure", words::hook_failures).value_or(spec.hooks.on_failure);
  spec.hooks.record_output = hooks.flag("recordOutput", spec.hooks.record_output);
  spec.timeouts = read_timeouts(in.child("timeouts"));
  spec.deletion_policy
      = in.choice("deletionPolicy", words::deletion_policies).value_or(spec.deletion_policy);
  spec.expires_after = in.duration("expiresAfter");
  spec.pinned = in.flag("pinned", false);
  spec.cancel = in.flag("cancel", false);
  spec.dry_run = in.flag("dryRun", false);
  return spec;
}

template <class Integer>
std::optional<Integer> narrowed(std::optional<std::int64_t> wide) {
  return wide ? std::optional{static_cast<Integer>(*wide)} : std::nullopt;
}

hook_status read_hook(const json_reader& in) {
  return {
      .mode = in.text("mode"),
      .preset = in.text("preset"),
      .state = in.text("state"),
      .exit_code = narrowed<int>(in.optional_integer("exitCode")),
      .output = in.text("output"),
      .frozen_at = in.time("frozenAt"),
      .thawed_at = in.time("thawedAt"),
  };
}

pod_status read_pod(const json_reader& in) {
  return {
      .name = in.text("name"),
      .uid = in.text("uid"),
      .container = in.text("container"),
      .restart_count = static_cast<std::int32_t>(in.integer("restartCount")),
      .hook = read_hook(in.child("hook")),
  };
}

snapshot_status read_snapshot(const json_reader& in) {
  return {
      .claim = in.text("claim"),
      .claim_uid = in.text("claimUID"),
      .volume_snapshot_name = in.text("volumeSnapshotName"),
      .content_name = in.text("contentName"),
      .snapshot_handle = in.text("snapshotHandle"),
      .driver = in.text("driver"),
      .class_name = in.text("className"),
      .creation_time = in.time("creationTime"),
      .ready_to_use = in.flag("readyToUse"),
      .restore_size = in.text("restoreSize"),
      .error = in.text("error"),
  };
}

std::optional<application_status> read_application(const json_reader& status) {
  if (!status.has("application"))
    return std::nullopt;
  const auto in = status.child("application");
  return application_status{in.text("kind"), in.text("name"), in.text("uid")};
}

/// Only this program writes a status, so what it does not know fails the decoding: taken for
/// absent, a backup that has frozen something would look like a new one.
volume_backup_status read_status(const json_reader& in, std::vector<std::string>& problems) {
  const spec_reader strict{in, "status", problems};
  volume_backup_status status;
  status.phase = strict.choice("phase", backup_words::phases).value_or(backup_phase::none);
  status.consistency = strict.choice("consistency", backup_words::verdicts);
  status.reason = in.text("reason");
  status.message = in.text("message");
  status.observed_generation = in.integer("observedGeneration");
  status.start_time = in.time("startTime");
  status.frozen_at = in.time("frozenAt");
  status.cut_at = in.time("cutAt");
  status.thawed_at = in.time("thawedAt");
  status.ready_at = in.time("readyAt");
  status.completion_time = in.time("completionTime");
  status.freeze_milliseconds = in.optional_integer("freezeMilliseconds");
  status.attempts = in.optional_integer("attempts").value_or(0);
  status.application = read_application(in);
  for (const auto& each : in.items("pods"))
    status.pods.push_back(read_pod(each));
  status.volume_group_snapshot_name = in.text("volumeGroupSnapshotName");
  for (const auto& each : in.items("snapshots"))
    status.snapshots.push_back(read_snapshot(each));
  if (in.has("timeouts"))
    status.timeouts = read_timeouts(strict.child("timeouts"));
  status.conditions = read_conditions(in);
  status.snapshots_ready = in.text("snapshotsReady");
  return status;
}

} // namespace

bool is_final(backup_phase phase) {
  return phase == backup_phase::completed || phase == backup_phase::failed
         || phase == backup_phase::cancelled;
}

std::string_view to_string(backup_phase phase) {
  return word_of(backup_words::phases, phase);
}

std::string_view to_string(consistency verdict) {
  return word_of(backup_words::verdicts, verdict);
}

k8s::result<volume_backup> volume_backup::decode(const json& object) {
  std::vector<std::string> status_problems;
  auto read = k8s::decode_object<volume_backup>(
      object, kind.kind, [&](const json_reader& in, volume_backup& backup) {
        backup.spec = read_spec({in.child("spec"), "spec", backup.spec_problems});
        backup.status = read_status(in.child("status"), status_problems);
      });
  if (read && !status_problems.empty())
    return k8s::decode_error(object, kind.kind, status_problems.front());
  return read;
}

} // namespace crds
