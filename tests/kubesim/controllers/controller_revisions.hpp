#pragma once

#include "tests/kubesim/controllers/world.hpp"

#include <string>
#include <vector>

namespace kubesim::control {

/// The templates that a StatefulSet or DaemonSet has had, as ControllerRevisions.
class controller_revisions {
public:
  controller_revisions(world& everything, const resource_type& owner_type)
      : world_{everything}, owner_type_{owner_type} {}

  /// The revision of the owner's present template, made if there is none; the highest number.
  answer<json> present(const json& owner);
  /// Null if there is none of that name.
  stored find(const json& owner, const std::string& name) const;
  /// Removes what is neither `kept` nor among the last `limit`.
  std::optional<refusal> prune(const json& owner, const std::vector<std::string>& kept);

private:
  std::vector<stored> all_of(const json& owner) const; ///< by number

  world& world_;
  const resource_type& owner_type_;
};

/// The hash in a revision's name.
std::string revision_hash(const json& revision);
/// The pod template that a revision holds.
json template_of(const json& revision);

} // namespace kubesim::control
