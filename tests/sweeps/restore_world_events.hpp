#pragma once

#include "tests/sweeps/restore_sweep.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sweeps {

/// What somebody else may do while the restore `again` runs, and how the world is mended after it.
class restore_world_events : public restore_sweep {
protected:
  struct event {
    /// What must hold in the end, once the world is mended.
    enum class end {
      whole,       ///< one of the two states that a restore may leave
      no_workload, ///< the same, but for the workload, which nobody brings back
      no_claim,    ///< the same, but for the claim that was deleted, and its volume
      nothing      ///< the namespace vanishes, and the operator lets it
    };

    std::string name;
    std::function<void()> happen;
    end leaves = end::whole;
    bool leaves_ruin = false; ///< only another namespace will do afterwards
  };

  std::vector<event> events();

  /// Once, before the first event.
  void keep_storage_class();
  void mend_world();
  bool is_namespace_gone(const std::string& name);

private:
  std::vector<event> events_of_storage();
  std::vector<event> events_of_claims();
  std::vector<event> events_of_the_workload();
  std::vector<event> events_of_the_restore();

  void delete_all_pods();
  void patch_workload(const json& patch);
  void move_new_volumes_away();
  /// By one with these fields besides.
  void replace_storage_class(const json& fields);
  void allow_no_more_claims();
  void set_unschedulable(const json& value);
  void delete_restore();

  json storage_class_;
};

} // namespace sweeps
