#pragma once

#include "tests/kubesim/controllers/world.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

namespace kubesim::control {

/// Which pods mount a claim.
class claim_users {
public:
  explicit claim_users(world& everything);

  std::vector<object_ref> pods_on(const object_ref& claim) const;

private:
  void note(const change& what);

  std::map<object_ref, std::set<object_ref>> pods_;
};

} // namespace kubesim::control
