#pragma once

#include "k8s/resource.hpp"

#include <string>

namespace k8s {

/// One question "may I?" as a SelfSubjectAccessReview.
struct access_question {
  std::string verb, group, resource, subresource, name_space;
};

struct self_subject_access_review {
  static constexpr resource_kind kind{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                                      "SelfSubjectAccessReview", false};

  object_meta metadata;
  bool allowed = false;
  std::string reason;

  static nlohmann::json encode(const access_question& question);
  static result<self_subject_access_review> decode(const nlohmann::json& object);
};

} // namespace k8s
