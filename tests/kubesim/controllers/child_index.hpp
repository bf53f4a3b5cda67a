#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace kubesim::control {

/// The objects of one kind by the uid of the owner that controls them, and those that nobody
/// controls by namespace. It may name objects that are gone by now: look each one up.
class child_index {
public:
  void note(const json& object);
  void forget(const object_ref& object);

  std::vector<object_ref> children_of(const std::string& owner_uid) const;
  std::vector<object_ref> orphans_in(const std::string& name_space) const;

private:
  std::map<object_ref, std::string> owners_; ///< empty: an orphan
  std::unordered_map<std::string, std::set<object_ref>> children_;
  std::map<std::string, std::set<object_ref>> orphans_;
};

} // namespace kubesim::control
