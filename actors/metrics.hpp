#pragma once

#include "actors/volume_backup/measures.hpp"
#include "crds/volume_backup.hpp"
#include "crds/volume_restore.hpp"
#include "k8s/client.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace actors {

/// The operator's metrics, prefix `backup_operator_`. Thread-safe; lives as long as the process's
/// actors and its client.
class metrics {
public:
  metrics();
  ~metrics();

  /// For the client: `api_requests_total{verb,resource,code}` and `api_request_seconds`.
  k8s::request_observer request_observer();
  /// `watch_restarts_total{resource,reason}`
  void watch_restarted(std::string_view resource, std::string_view reason);
  /// `hooks_total{hook,mode,result}` and the histograms of freeze, cut and thaw dispatch: once per
  /// freeze, when it is over; the upload may take hours more.
  void freeze_ended(const backup_measures& measures);
  /// `backups_total{result,consistency}` and `ready_seconds`, once per backup that ended.
  void backup_ended(const crds::volume_backup_status& status, const backup_measures& measures);
  /// `backups{phase}`: a VolumeBackup is there, in that phase, or is gone.
  void backup_seen(const std::string& uid, crds::backup_phase phase);
  void backup_gone(const std::string& uid);
  /// `restores_total{result}`, once per restore that ended.
  void restore_ended(const crds::volume_restore_status& status);

  /// `queue_depth{driver}`: backups that wait for a slot of that driver.
  void set_queue_depth(const std::string& driver, std::size_t waiting);

  /// `leader`: does this replica act?
  void set_leader(bool leads);

  /// All of it, and `actor_statistics`, in Prometheus' text format.
  std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace actors
