#pragma once

#include "tests/kubesim/auth/authorizer.hpp"

#include <string>
#include <vector>

namespace kubesim {

/// The kinds that can only be created and are stored nowhere: SelfSubjectAccessReview,
/// SelfSubjectRulesReview, SubjectAccessReview, LocalSubjectAccessReview, TokenReview,
/// SelfSubjectReview. Their `resource_type`s are for discovery and for routing.
const std::vector<resource_type>& review_types();

/// Of the body of POST `serviceaccounts/NAME/token`.
const resource_type& token_request_type();

class review_desk {
public:
  review_desk(const registry& objects, authenticator& who_is_who, const authorizer& rights)
      : objects_{objects}, who_is_who_{who_is_who}, rights_{rights} {}

  /// POST on the collection of one of `review_types()`: the object with its status (201).
  answer<json> create(const resource_type& type, const std::string& name_space, json body,
                      const user& who) const;

  /// POST on `serviceaccounts/NAME/token` (201).
  answer<json> request_token(const object_ref& service_account, json body) const;

private:
  const registry& objects_;
  authenticator& who_is_who_;
  const authorizer& rights_;
};

} // namespace kubesim
