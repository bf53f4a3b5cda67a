#pragma once

#include "tests/sweeps/sweep.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace sweeps {

/// What somebody else may do while the backup `nightly` runs, and how the world is mended after it.
class world_events : public sweep {
protected:
  struct event {
    /// What it leaves behind.
    enum class trace {
      mended,     ///< by `mend_world`
      other_pods, ///< pods that must be replaced
      ruin        ///< only another namespace will do
    };

    std::string name;
    std::function<void()> happen;
    trace leaves = trace::mended;
  };

  std::vector<event> events();

  /// Once, before the first event.
  void keep_snapshot_class();
  void mend_world(event::trace left);
  bool is_namespace_going();
  bool is_namespace_gone(const std::string& name);

private:
  std::vector<event> events_of_objects();
  std::vector<event> events_of_the_backup();
  std::vector<event> events_of_pods();
  std::vector<event> events_of_storage();

  std::optional<json> first(const k8s::resource_kind& kind);
  void delete_first(const k8s::resource_kind& kind, std::optional<std::int64_t> grace = {});
  void evict_first_pod();
  void restart_first_container();
  void make_first_pod_unready();
  void scale(int pods);
  /// The driver does so from the next cut on; null: as by default.
  void annotate_claims(const json& annotations);
  void replace_pods();

  json snapshot_class_;
};

} // namespace sweeps
