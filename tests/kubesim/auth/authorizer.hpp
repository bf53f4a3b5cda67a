#pragma once

#include "tests/kubesim/auth/authenticator.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

/// What somebody wants to do. `path` is set for what is no resource (`/version`, `/api`), then only
/// `verb` counts beside it.
struct attributes {
  std::string verb = {}; ///< get, list, watch, create, update, patch, delete, deletecollection
  std::string group = {}, resource = {}, subresource = {};
  std::string name_space = {}; ///< empty: at the cluster scope
  std::string name = {};       ///< empty for collections, and for create
  std::string path = {};
};

struct decision {
  bool allowed = false;
  std::string reason = {}; ///< as access reviews show it: `RBAC: allowed by ...`, or empty
};

/// RBAC over the roles and bindings that the registry holds at the moment of asking.
class authorizer {
public:
  explicit authorizer(const registry& objects) : objects_{objects} {}

  decision allows(const user& who, const attributes& wish) const;

  /// Every rule that holds for the user in the namespace, for SelfSubjectRulesReview.
  std::vector<json> rules_for(const user& who, const std::string& name_space) const;

private:
  struct grant {
    json rules;         ///< of the role
    std::string reason; ///< `RBAC: allowed by ...`
  };
  /// What bindings give the user at the cluster scope and, if not empty, in the namespace.
  std::vector<grant> grants(const user& who, const std::string& name_space) const;
  json rules_of_role(const json& role_reference, const std::string& name_space) const;

  const registry& objects_;
};

/// 403 with the server's words.
refusal forbidden(const user& who, const attributes& wish);
/// 401.
refusal unauthorized();

} // namespace kubesim
