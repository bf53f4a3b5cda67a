#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>

namespace kubesim::control {

/// Makes the registry serve what CustomResourceDefinitions define, and stop it after their objects
/// are gone.
class definition_controller : public reconciler {
public:
  definition_controller(world& everything, work_queue& queue, api_registry& objects,
                        std::chrono::milliseconds establishing_delay);

  std::string_view name() const override { return "customresourcedefinition"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  using version_name = std::pair<std::string, std::string>; ///< version and plural

  outcome establish(const json& definition, time_point now);
  outcome write_next_status(const json& definition, time_point now);
  void serve(const json& definition);
  void stop_serving(const std::string& group, const std::set<version_name>& versions);
  outcome clean_up(const json& definition);
  bool is_taken(const json& definition) const;

  world& world_;
  api_registry& objects_;
  std::chrono::milliseconds establishing_delay_;
  std::map<object_ref, time_point> establishing_; ///< when the names of a definition are served
  /// What is served of a definition, and by which spec.
  struct served {
    std::int64_t generation = 0;
    std::string group;
    std::set<version_name> versions;
  };
  std::map<object_ref, served> served_;
};

} // namespace kubesim::control
