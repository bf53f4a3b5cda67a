#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/pod_columns.hpp"
#include "tests/kubesim/api/kinds/pod_spec.hpp"

namespace kubesim::kinds {

namespace {

/// A pod that never started or has ended needs no time to stop.
std::int64_t grace_of(const json& pod) {
  const auto phase = text_at(pod, "status.phase");
  if (text_at(pod, "spec.nodeName").empty() || phase == "Succeeded" || phase == "Failed")
    return 0;
  return number_at(pod, "spec.terminationGracePeriodSeconds", 30);
}

auto text_of(const char* field) {
  return [field](const json& object) { return text_at(object, field); };
}

kind_rules pod() {
  auto rules = built_in({.group = "",
                         .plural = "pods",
                         .singular = "pod",
                         .kind = "Pod",
                         .short_names = {"po"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_generation = true});
  rules.delete_answers_object = true;
  rules.kept_by_status_write = {"ownerReferences"};
  rules.grace_seconds = grace_of;
  rules.set_defaults = default_pod;
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = {{"phase", "Pending"}, {"qosClass", quality_of_service(object)}};
  };
  rules.validate = [](const json& object, const json* before) {
    if (before)
      return pod_change_problems(object, *before);
    return pod_spec_problems(object_at(object, "spec"), "spec");
  };
  for (const auto* field :
       {"spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "status.phase", "status.podIP", "status.nominatedNodeName"})
    rules.selectable_fields.emplace_back(field, text_of(field));
  rules.selectable_fields.emplace_back("spec.hostNetwork", [](const json& object) {
    return is_true_at(object, "spec.hostNetwork") ? "true" : "false";
  });
  rules.columns = pod_columns();
  return rules;
}

} // namespace

std::vector<kind_rules> pod_kinds() {
  return {pod()};
}

} // namespace kubesim::kinds
