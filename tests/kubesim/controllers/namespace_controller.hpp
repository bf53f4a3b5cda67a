#pragma once

#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <chrono>
#include <map>
#include <string>

namespace kubesim::control {

/// Empties a namespace that is being deleted and then lets it go; gives every other one its default
/// ServiceAccount and the cluster's root certificate.
class namespace_controller : public reconciler {
public:
  /// A deletion takes at least `duration`, as on a real server, where it takes seconds.
  namespace_controller(world& everything, work_queue& queue, std::chrono::milliseconds duration,
                       std::string root_certificate);

  std::string_view name() const override { return "namespace"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  /// What is left in a namespace after everything in it was told to go.
  struct remains {
    std::map<std::string, int> by_resource, by_finalizer;
  };

  outcome furnish(const std::string& name_space);
  outcome empty(const json& name_space, time_point now);
  answer<remains> remove_contents(const std::string& name_space);
  std::optional<refusal> remove_all(const resource_type& type, const std::string& name_space,
                                    remains& left);
  outcome tell_of_remains(const json& name_space, const remains& left, time_point now);
  outcome let_go(const json& name_space);

  world& world_;
  std::chrono::milliseconds duration_;
  std::string root_certificate_;
  std::map<object_ref, time_point> deletions_; ///< since when
};

} // namespace kubesim::control
