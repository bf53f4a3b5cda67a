#include "crds/backup_words.hpp"
#include "crds/duration.hpp"
#include "crds/status_json.hpp"
#include "crds/utf8.hpp"
#include "crds/volume_backup.hpp"

#include <nlohmann/json.hpp>

#include <array>

namespace crds {
namespace {

using nlohmann::json;
using status_json::list_or_null;
using status_json::longest_message;
using status_json::longest_status;
using status_json::text_or_null;
using status_json::time_or_null;
using status_json::without_nulls;

constexpr std::size_t longest_hook_output = 1024;

json encode_hook(const hook_status& hook) {
  return without_nulls({
      {"mode", text_or_null(hook.mode)},
      {"preset", text_or_null(hook.preset)},
      {"state", text_or_null(hook.state)},
      {"exitCode", hook.exit_code ? json(*hook.exit_code) : json{}},
      {"output", text_or_null(hook.output)},
      {"frozenAt", time_or_null(hook.frozen_at)},
      {"thawedAt", time_or_null(hook.thawed_at)},
  });
}

json encode_pod(const pod_status& pod) {
  return without_nulls({
      {"name", text_or_null(pod.name)},
      {"uid", text_or_null(pod.uid)},
      {"container", text_or_null(pod.container)},
      {"restartCount", pod.restart_count},
      {"hook", encode_hook(pod.hook)},
  });
}

json encode_snapshot(const snapshot_status& snapshot) {
  return without_nulls({
      {"claim", text_or_null(snapshot.claim)},
      {"claimUID", text_or_null(snapshot.claim_uid)},
      {"volumeSnapshotName", text_or_null(snapshot.volume_snapshot_name)},
      {"contentName", text_or_null(snapshot.content_name)},
      {"snapshotHandle", text_or_null(snapshot.snapshot_handle)},
      {"driver", text_or_null(snapshot.driver)},
      {"className", text_or_null(snapshot.class_name)},
      {"creationTime", time_or_null(snapshot.creation_time)},
      {"readyToUse", snapshot.ready_to_use},
      {"restoreSize", text_or_null(snapshot.restore_size)},
      {"error", text_or_null(snapshot.error)},
  });
}

json encode_application(const std::optional<application_status>& application) {
  if (!application)
    return nullptr;
  return {{"kind", application->kind}, {"name", application->name}, {"uid", application->uid}};
}

json encode_timeouts(const std::optional<backup_timeouts>& timeouts) {
  if (!timeouts)
    return nullptr;
  return {
      {"freeze", format_duration(timeouts->freeze)},
      {"maxFreeze", format_duration(timeouts->max_freeze)},
      {"thaw", format_duration(timeouts->thaw)},
      {"ready", format_duration(timeouts->ready)},
      {"total", format_duration(timeouts->total)},
  };
}

json encode_whole(const volume_backup_status& status) {
  return {
      {"phase", text_or_null(std::string{to_string(status.phase)})},
      {"consistency", status.consistency ? json(to_string(*status.consistency)) : json{}},
      {"reason", text_or_null(status.reason)},
      {"message", text_or_null(status.message)},
      {"observedGeneration", status.observed_generation},
      {"startTime", time_or_null(status.start_time)},
      {"frozenAt", time_or_null(status.frozen_at)},
      {"cutAt", time_or_null(status.cut_at)},
      {"thawedAt", time_or_null(status.thawed_at)},
      {"readyAt", time_or_null(status.ready_at)},
      {"completionTime", time_or_null(status.completion_time)},
      {"freezeMilliseconds",
       status.freeze_milliseconds ? json(*status.freeze_milliseconds) : json{}},
      {"attempts", status.attempts > 0 ? json(status.attempts) : json{}},
      {"application", encode_application(status.application)},
      {"pods", list_or_null(status.pods, encode_pod)},
      {"volumeGroupSnapshotName", text_or_null(status.volume_group_snapshot_name)},
      {"snapshots", list_or_null(status.snapshots, encode_snapshot)},
      {"timeouts", encode_timeouts(status.timeouts)},
      {"conditions", encode(status.conditions)},
      {"snapshotsReady", text_or_null(status.snapshots_ready)},
  };
}

void limit_outputs(volume_backup_status& status, std::size_t longest) {
  for (auto& pod : status.pods)
    pod.hook.output = suffix_of(pod.hook.output, longest);
}

void limit_snapshot_errors(volume_backup_status& status, std::size_t longest) {
  for (auto& snapshot : status.snapshots)
    snapshot.error = prefix_of(snapshot.error, longest);
}

void limit_messages(volume_backup_status& status, std::size_t longest) {
  status.message = prefix_of(status.message, longest);
  for (auto& each : status.conditions)
    each.message = prefix_of(each.message, longest);
}

/// Told by the VolumeSnapshot too; only the longest of names at the highest of counts make it
/// necessary.
void leave_out_what_snapshots_tell(volume_backup_status& status, std::size_t) {
  for (auto& snapshot : status.snapshots)
    snapshot.content_name = snapshot.snapshot_handle = snapshot.class_name = {};
}

/// What hooks and drivers have written may be of any length and need not be text.
volume_backup_status legible(volume_backup_status status) {
  limit_outputs(status, longest_hook_output);
  limit_snapshot_errors(status, longest_message);
  limit_messages(status, longest_message);
  status.message = as_utf8(status.message);
  for (auto& pod : status.pods)
    pod.hook.output = as_utf8(pod.hook.output);
  for (auto& snapshot : status.snapshots)
    snapshot.error = as_utf8(snapshot.error);
  limit_outputs(status, longest_hook_output); // a byte that is no text has become three
  return status;
}

/// What gives way when the whole is too long, one after the other.
constexpr std::array<void (*)(volume_backup_status&, std::size_t), 4> ways_to_shrink{
    limit_outputs, limit_snapshot_errors, limit_messages, leave_out_what_snapshots_tell};

} // namespace

json encode(const volume_backup_status& status) {
  auto shrunk = legible(status);
  auto encoded = encode_whole(shrunk);
  for (const auto shrink : ways_to_shrink)
    for (const std::size_t longest : {512U, 256U, 128U, 64U, 0U}) {
      if (encoded.dump().size() <= longest_status)
        return encoded;
      shrink(shrunk, longest);
      encoded = encode_whole(shrunk);
    }
  return encoded;
}

} // namespace crds
