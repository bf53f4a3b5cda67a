#include "tests/kubesim/controllers/claim_users.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/controllers/pods.hpp"

namespace kubesim::control {

claim_users::claim_users(world& everything) {
  everything.watch(everything.types.pods, [this](const change& what) { note(what); });
}

void claim_users::note(const change& what) {
  const auto pod = ref_of(*what.object);
  for (auto& name : claims_of(*what.object)) {
    const object_ref claim{pod.name_space, std::move(name)};
    if (what.kind != change_kind::deleted) {
      pods_[claim].insert(pod);
      continue;
    }
    auto users = pods_.find(claim);
    if (users == pods_.end())
      continue;
    users->second.erase(pod);
    if (users->second.empty())
      pods_.erase(users);
  }
}

std::vector<object_ref> claim_users::pods_on(const object_ref& claim) const {
  const auto users = pods_.find(claim);
  if (users == pods_.end())
    return {};
  return {users->second.begin(), users->second.end()};
}

} // namespace kubesim::control
