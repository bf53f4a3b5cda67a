#pragma once

#include "tests/kubesim/api/registry.hpp"

#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace kubesim::control {

/// Which object depends on which, by uid, over all kinds.
class owner_graph {
public:
  struct node {
    const resource_type* type = nullptr;
    object_ref ref;
    std::vector<std::string> owners; ///< uids
  };

  void note(const resource_type& type, const json& object);
  void forget(const std::string& uid);
  void forget_type(const resource_type& type);

  const node* find(const std::string& uid) const;
  std::vector<std::string> dependents_of(const std::string& uid) const;

private:
  std::unordered_map<std::string, node> nodes_;
  std::unordered_map<std::string, std::unordered_set<std::string>> dependents_;
};

} // namespace kubesim::control
