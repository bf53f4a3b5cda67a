#pragma once

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
  /// `backups_total{result,consistency}` and `freeze_seconds`, once per backup that ended.
  void backup_ended(const crds::volume_backup_status& status);
  /// `restores_total{result}`, once per restore that ended.
  void restore_ended(const crds::volume_restore_status& status);

  /// `queue_depth{driver}`: backups that wait for a slot of that driver.
  void set_queue_depth(const std::string& driver, std::size_t waiting);

  /// `leader`: does this replica act?
  void set_leader(bool leads);

  /// `actors{actor}` and `actor_spawned_total{actor}`: counts one actor from its construction to
  /// its destruction.
  class living {
  public:
    living() = default;
    living(metrics& owner, std::string_view actor);
    ~living();
    living(living&& other) noexcept : gauge_{std::exchange(other.gauge_, nullptr)} {}
    living& operator=(living&& other) noexcept {
      std::swap(gauge_, other.gauge_);
      return *this;
    }

  private:
    void* gauge_ = nullptr;
  };

  /// All of it in Prometheus' text format.
  std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace actors
