#include "tests/kubesim/controllers/pod_gc.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

namespace kubesim::control {
namespace {

/// A node that registers late must not lose its pods.
constexpr std::chrono::seconds quarantine{40};

} // namespace

pod_gc::pod_gc(world& everything, work_queue& queue) : world_{everything} {
  everything.watch(everything.types.pods, [this, &queue](const change& what) {
    const auto ref = ref_of(*what.object);
    const auto node = text_at(*what.object, {"spec", "nodeName"});
    if (what.kind == change_kind::deleted)
      lost_.erase(ref);
    else if (node.empty() ? is_being_deleted(*what.object)
                          : !world_.objects.find(world_.types.nodes, {{}, node}))
      queue.add(ref);
  });
  everything.watch(everything.types.nodes, [this, &queue](const change& what) {
    if (what.kind != change_kind::deleted)
      return;
    for (const auto& pod : world_.objects.all(world_.types.pods))
      queue.add(ref_of(*pod));
  });
}

outcome pod_gc::reconcile(const object_ref& ref, time_point now) {
  const auto pod = world_.objects.find(world_.types.pods, ref);
  if (!pod)
    return await_change();
  const auto node = text_at(*pod, {"spec", "nodeName"});
  if (node.empty())
    return is_being_deleted(*pod) ? remove(ref) : await_change();
  if (world_.objects.find(world_.types.nodes, {{}, node})) {
    lost_.erase(ref);
    return await_change();
  }
  const auto since = lost_.try_emplace(ref, now).first->second;
  if (now < since + quarantine)
    return visit_after(std::chrono::ceil<std::chrono::milliseconds>(since + quarantine - now));
  return remove(ref);
}

outcome pod_gc::remove(const object_ref& ref) {
  removal_options at_once;
  at_once.grace_seconds = 0;
  const auto gone = world_.objects.remove(world_.types.pods, ref, at_once);
  if (!gone && gone.refusal().code != 404)
    return try_again(gone.refusal());
  return await_change();
}

} // namespace kubesim::control
