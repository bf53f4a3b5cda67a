#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/rollout_plan.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <optional>
#include <vector>

namespace kubesim::control {

/// One visit to a Deployment: what it has, and the steps that change it. After a refused write the
/// rest of the visit only reads; `result` tells.
class rollout {
public:
  rollout(world& everything, const json& deployment, const std::vector<stored>& sets,
          time_point now);

  /// Revision and annotations of the ReplicaSet of the present template, if there is one.
  void sync_revision();
  /// The same, and makes it if it is missing.
  void ensure_newest();

  rollout_facts facts() const;
  /// True if something changed.
  bool apply(const std::vector<rescale>& changes);
  void remove_surplus_history();

  bool has_newest() const { return newest_.has_value(); }
  bool is_complete() const;
  /// Pods of old ReplicaSets that have not ended yet.
  bool has_old_pods_running() const;

  void note_pause();
  void write_counted_status();
  void write_rollout_status();

  outcome result() const;

private:
  void find_newest();
  void create_newest();
  void accept_created(const json& replica_set);
  void count_collision();
  void update_set(json& replica_set, const json& patch);
  void write_status(const json& changed);
  json annotations_of_newest(const json& present, std::int64_t revision) const;
  std::int64_t next_revision() const;
  json replica_annotations() const;

  world& world_;
  json deployment_;
  std::vector<json> sets_; ///< by age
  std::optional<std::size_t> newest_;
  time_point now_;
  std::optional<refusal> trouble_;
};

} // namespace kubesim::control
