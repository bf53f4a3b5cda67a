#include "tests/kubesim/api/collection.hpp"

#include "tests/kubesim/api/fields.hpp"

#include <algorithm>

namespace kubesim {

object_ref ref_of(const json& object) {
  return {text_at(object, {"metadata", "namespace"}), text_at(object, {"metadata", "name"})};
}

collection::object collection::find(const object_ref& ref) const {
  auto found = objects_.find(ref);
  return found == objects_.end() ? nullptr : found->second;
}

std::vector<collection::object> collection::slice(const objects& from,
                                                  const std::string& name_space) {
  std::vector<object> found;
  auto at = name_space.empty() ? from.begin() : from.lower_bound({name_space, {}});
  for (; at != from.end(); ++at) {
    if (!name_space.empty() && at->first.name_space != name_space)
      break;
    found.push_back(at->second);
  }
  return found;
}

std::vector<collection::object> collection::all(const std::string& name_space) const {
  return slice(objects_, name_space);
}

std::optional<std::vector<collection::object>>
collection::all_at(const std::string& name_space, std::uint64_t resource_version) const {
  if (resource_version < oldest_)
    return std::nullopt;
  if (history_.empty() || history_.back().resource_version <= resource_version)
    return all(name_space);
  auto then = objects_;
  for (auto undo = history_.rbegin();
       undo != history_.rend() && undo->resource_version > resource_version; ++undo) {
    auto ref = ref_of(*undo->object);
    if (undo->before)
      then[ref] = undo->before;
    else
      then.erase(ref);
  }
  return slice(then, name_space);
}

void collection::commit(const object_ref& ref, change what) {
  if (what.kind == change_kind::deleted)
    objects_.erase(ref);
  else
    objects_[ref] = what.object;
  history_.push_back(std::move(what));
  while (history_.size() > history_length_) {
    oldest_ = history_.front().resource_version;
    history_.pop_front();
  }
}

std::optional<std::vector<change>> collection::changes_after(std::uint64_t resource_version) const {
  if (resource_version < oldest_)
    return std::nullopt;
  auto first = std::upper_bound(
      history_.begin(), history_.end(), resource_version,
      [](std::uint64_t version, const change& one) { return version < one.resource_version; });
  return std::vector<change>(first, history_.end());
}

void collection::forget_until(std::uint64_t resource_version) {
  while (!history_.empty() && history_.front().resource_version <= resource_version)
    history_.pop_front();
  oldest_ = std::max(oldest_, resource_version);
}

} // namespace kubesim
