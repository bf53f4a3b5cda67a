#include "k8s/resources/access_review.hpp"

#include "k8s/json_reader.hpp"

namespace k8s {

nlohmann::json self_subject_access_review::encode(const access_question& question) {
  nlohmann::json attributes{
      {"verb", question.verb}, {"group", question.group}, {"resource", question.resource}};
  if (!question.subresource.empty())
    attributes["subresource"] = question.subresource;
  if (!question.name_space.empty())
    attributes["namespace"] = question.name_space;
  return {{"apiVersion", kind.api_version()},
          {"kind", kind.kind},
          {"spec", {{"resourceAttributes", std::move(attributes)}}}};
}

result<self_subject_access_review>
self_subject_access_review::decode(const nlohmann::json& object) {
  return decode_object<self_subject_access_review>(
      object, kind.kind, [](const json_reader& from, self_subject_access_review& into) {
        const json_reader status = from.child("status");
        into.allowed = status.flag("allowed");
        into.reason = status.text("reason");
      });
}

} // namespace k8s
