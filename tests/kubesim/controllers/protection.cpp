#include "tests/kubesim/controllers/protection.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/finalizers.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pods.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

constexpr std::string_view claim_finalizer = "kubernetes.io/pvc-protection";
constexpr std::string_view volume_finalizer = "kubernetes.io/pv-protection";

} // namespace

claim_protection::claim_protection(world& everything, work_queue& queue, const claim_users& users)
    : world_{everything}, users_{users} {
  watch_owners(everything, everything.types.claims, queue);
  everything.watch(everything.types.pods, [&queue](const change& what) {
    if (what.kind != change_kind::deleted && !has_finished(*what.object))
      return;
    for (auto& claim : claims_of(*what.object))
      queue.add({ref_of(*what.object).name_space, std::move(claim)});
  });
}

bool claim_protection::is_used(const object_ref& claim) const {
  const auto pods = users_.pods_on(claim);
  return std::any_of(pods.begin(), pods.end(), [&](const object_ref& ref) {
    const auto pod = world_.objects.find(world_.types.pods, ref);
    return pod && !text_at(*pod, {"spec", "nodeName"}).empty() && !has_finished(*pod);
  });
}

outcome claim_protection::reconcile(const object_ref& ref, time_point) {
  const auto claim = world_.objects.find(world_.types.claims, ref);
  if (!claim)
    return await_change();
  const bool is_protected = has_finalizer(*claim, claim_finalizer);
  if (!is_being_deleted(*claim) && !is_protected)
    return add_finalizer(world_, world_.types.claims, *claim, claim_finalizer);
  if (is_being_deleted(*claim) && is_protected && !is_used(ref))
    return drop_finalizer(world_, world_.types.claims, *claim, claim_finalizer);
  return await_change();
}

volume_protection::volume_protection(world& everything, work_queue& queue) : world_{everything} {
  watch_owners(everything, everything.types.volumes, queue);
}

outcome volume_protection::reconcile(const object_ref& ref, time_point) {
  const auto volume = world_.objects.find(world_.types.volumes, ref);
  if (!volume)
    return await_change();
  const bool is_protected = has_finalizer(*volume, volume_finalizer);
  if (!is_being_deleted(*volume) && !is_protected)
    return add_finalizer(world_, world_.types.volumes, *volume, volume_finalizer);
  const bool is_bound = text_at(*volume, {"status", "phase"}) == "Bound";
  if (is_being_deleted(*volume) && is_protected && !is_bound)
    return drop_finalizer(world_, world_.types.volumes, *volume, volume_finalizer);
  return await_change();
}

} // namespace kubesim::control
