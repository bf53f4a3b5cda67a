#pragma once

#include "tests/kubesim/controllers/controller_revisions.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/stateful_plan.hpp"
#include "tests/kubesim/controllers/world.hpp"

#include <map>
#include <optional>

namespace kubesim::control {

/// Pods with names and claims of their own, one after another.
class stateful_set_controller : public reconciler {
public:
  stateful_set_controller(world& everything, work_queue& queue);

  std::string_view name() const override { return "statefulset"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  struct visit {
    const json& set;
    std::map<int, stored> pods;
    json update;    ///< the revision of the present template
    stored current; ///< that of the pods that a rollout has not reached; may be `update`
    time_point now;
    stateful_facts facts{};
  };

  stored current_revision(const json& set, const json& update) const;
  std::map<int, stored> pods_of(const json& set);
  outcome perform(const visit& now, const stateful_step& step);
  std::optional<refusal> keep_claim_owners(const visit& now);
  std::optional<refusal> give_claims_to(const visit& now, int ordinal, const json* pod);
  /// Nothing if a claim is still on its way out.
  std::optional<outcome> make_claims(const json& set, int ordinal);
  outcome make_pod(const visit& now, int ordinal);
  answer<json> write_status(const visit& now);

  world& world_;
  controller_revisions revisions_;
};

} // namespace kubesim::control
