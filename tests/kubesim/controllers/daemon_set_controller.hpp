#pragma once

#include "tests/kubesim/controllers/controller_revisions.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace kubesim::control {

/// One pod on every node that fits.
class daemon_set_controller : public reconciler {
public:
  daemon_set_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "daemonset"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  struct visit {
    const json& set;
    std::vector<stored> pods;
    std::vector<std::string> nodes; ///< that fit
    std::string hash;               ///< of the present template
    time_point now;
  };

  std::vector<std::string> fitting_nodes(const json& set) const;
  std::optional<refusal> staff(const visit& now);
  std::optional<refusal> staff_node(const visit& now, const std::string& node);
  std::optional<refusal> remove_strays(const visit& now);
  std::optional<refusal> surge(const visit& now);
  static std::map<std::string, stored> speakers(const visit& now);
  std::optional<refusal> replace_one_outdated(const visit& now);
  json new_pod(const visit& now, const std::string& node) const;
  answer<json> write_status(const visit& now);

  world& world_;
  controller_revisions revisions_;
};

} // namespace kubesim::control
