#pragma once

#include "tests/kubesim/controllers/claim_users.hpp"
#include "tests/kubesim/controllers/reconciler.hpp"
#include "tests/kubesim/controllers/world.hpp"

namespace kubesim::control {

/// A claim stays until no scheduled pod uses it that has not ended.
class claim_protection : public reconciler {
public:
  claim_protection(world& everything, work_queue& queue, const claim_users& users);

  std::string_view name() const override { return "pvc-protection"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  bool is_used(const object_ref& claim) const;

  world& world_;
  const claim_users& users_;
};

/// A volume stays while a claim is bound to it.
class volume_protection : public reconciler {
public:
  volume_protection(world& everything, work_queue& queue);

  std::string_view name() const override { return "pv-protection"; }
  outcome reconcile(const object_ref& ref, time_point now) override;

private:
  world& world_;
};

} // namespace kubesim::control
