#include "tests/kubesim/controllers/child_index.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/controllers/ownership.hpp"

namespace kubesim::control {
namespace {

template <class Sets, class Key>
std::vector<object_ref> listed(const Sets& sets, const Key& key) {
  auto found = sets.find(key);
  if (found == sets.end())
    return {};
  return {found->second.begin(), found->second.end()};
}

template <class Sets, class Key>
void drop(Sets& sets, const Key& key, const object_ref& object) {
  auto found = sets.find(key);
  if (found == sets.end())
    return;
  found->second.erase(object);
  if (found->second.empty())
    sets.erase(found);
}

} // namespace

void child_index::note(const json& object) {
  auto ref = ref_of(object);
  auto owner = text_at(controller_of(object), {"uid"});
  auto known = owners_.find(ref);
  if (known != owners_.end() && known->second == owner)
    return;
  forget(ref);
  if (owner.empty())
    orphans_[ref.name_space].insert(ref);
  else
    children_[owner].insert(ref);
  owners_.emplace(std::move(ref), std::move(owner));
}

void child_index::forget(const object_ref& object) {
  auto known = owners_.find(object);
  if (known == owners_.end())
    return;
  if (known->second.empty())
    drop(orphans_, object.name_space, object);
  else
    drop(children_, known->second, object);
  owners_.erase(known);
}

std::vector<object_ref> child_index::children_of(const std::string& owner_uid) const {
  return listed(children_, owner_uid);
}

std::vector<object_ref> child_index::orphans_in(const std::string& name_space) const {
  return listed(orphans_, name_space);
}

} // namespace kubesim::control
