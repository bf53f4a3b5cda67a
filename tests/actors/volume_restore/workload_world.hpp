#pragma once

#include "tests/actors/volume_restore/storage_world.hpp"

#include <string>
#include <vector>

namespace restore_simulation {

/// The workload's controller, the scheduler and the kubelets. They act on what they have seen of
/// the workload, which may be a little old.
class workload_world {
public:
  workload_world(object_store& objects, storage_world& storage, dice& random)
      : objects_{objects}, storage_{storage}, random_{random} {}

  /// `spec` without template and selector.
  void create(const std::string& kind, json spec, const json& volumes_of_pods);
  std::string path() const;
  const std::string& kind() const { return kind_; }

  bool is_never_ready = false;      ///< whatever its data
  bool is_restored_broken = false;  ///< not ready on what a snapshot brought back
  bool reports_failure = false;     ///< condition Progressing says so after a while
  bool is_any_pod_immortal = false; ///< the node of the first pod does not answer

  void act();
  object_list living_pods() const;
  /// None is ready on anything but what its template names.
  bool is_running() const;

private:
  void act_as_deployment();
  void act_as_stateful_set();
  void act_as_daemon_set();
  void make_pod(const std::string& name, const std::vector<json>& volumes);
  void end(const json& pod);
  bool make_claims(int ordinal, std::vector<json>& pod_volumes);
  void act_on_pod(const json& pod);
  bool has_volumes(const json& pod);
  bool is_healthy(const json& pod) const;
  void report();
  bool is_new(const json& pod) const;
  int wanted() const { return seen_.at("spec").value("replicas", 0); }

  object_store& objects_;
  storage_world& storage_;
  dice& random_;
  std::string kind_;
  json seen_;
  int pods_made_ = 0, unready_for_ = 0;
};

bool is_ready(const json& pod);

} // namespace restore_simulation
