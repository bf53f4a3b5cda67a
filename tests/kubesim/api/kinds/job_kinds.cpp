#include "tests/kubesim/api/kinds/fields.hpp"
#include "tests/kubesim/api/kinds/kind_builder.hpp"
#include "tests/kubesim/api/kinds/pod_spec.hpp"

// Job and CronJob: stored and checked; nothing runs them here.

namespace kubesim::kinds {

namespace {

void default_job_spec(json& spec) {
  if (!spec.contains("completions") && !spec.contains("parallelism"))
    spec["completions"] = 1;
  default_to(spec, "parallelism", 1);
  default_to(spec, "backoffLimit", 6);
  default_to(spec, "completionMode", "NonIndexed");
  default_to(spec, "suspend", false);
  default_to(spec, "manualSelector", false);
  default_to(spec, "podReplacementPolicy",
             spec.contains("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
  default_pod_spec(object_in(object_in(spec, "template"), "spec"));
}

/// The labels by which a Job knows its pods.
void select_own_pods(json& object, const json* before) {
  if (before)
    return;
  object["status"] = json::object();
  auto& spec = object_in(object, "spec");
  if (is_true_at(spec, "manualSelector"))
    return;
  const auto uid = text_at(object, "metadata.uid");
  const auto name = text_at(object, "metadata.name");
  auto& labels = object_in(object_in(object_in(spec, "template"), "metadata"), "labels");
  for (const auto* prefix : {"", "batch.kubernetes.io/"}) {
    labels[std::string{prefix} + "controller-uid"] = uid;
    labels[std::string{prefix} + "job-name"] = name;
  }
  if (!object_at(object, "metadata").contains("labels"))
    object["metadata"]["labels"] = labels;
  spec["selector"] = {{"matchLabels", {{"batch.kubernetes.io/controller-uid", uid}}}};
}

problems job_problems(const json& object, const json* before) {
  auto found = pod_spec_problems(object_at(object, "spec.template.spec"), "spec.template.spec");
  const auto policy = text_at(object, "spec.template.spec.restartPolicy");
  if (policy == "Always")
    found.push_back(
        not_supported("spec.template.spec.restartPolicy", policy, {"OnFailure", "Never"}));
  for (const auto* field : {"spec.selector", "spec.template", "spec.completions"})
    append(found, immutable_problem(object, before, field));
  return found;
}

std::string job_status_text(const json& job) {
  for (const auto* type : {"Complete", "Failed", "Suspended"})
    for (const auto& condition : list_at(job, "status.conditions"))
      if (text_at(condition, "type") == type && text_at(condition, "status") == "True")
        return type;
  return find_at(job, "metadata.deletionTimestamp") ? "Terminating" : "Running";
}

kind_rules job() {
  auto rules = built_in({.group = "batch",
                         .plural = "jobs",
                         .singular = "job",
                         .kind = "Job",
                         .categories = {"all"},
                         .has_status = true,
                         .has_generation = true});
  rules.default_propagation = "Orphan";
  rules.set_defaults = [](json& object) { default_job_spec(object_in(object, "spec")); };
  rules.prepare = select_own_pods;
  rules.validate = job_problems;
  rules.selectable_fields = {{"status.successful", [](const json& object) {
                                return std::to_string(number_at(object, "status.succeeded"));
                              }}};
  rules.columns = {name_column(), column("Status", job_status_text),
                   column("Completions",
                          [](const json& object) {
                            return std::to_string(number_at(object, "status.succeeded")) + "/"
                                   + std::to_string(number_at(object, "spec.completions", 1));
                          }),
                   age_column()};
  return rules;
}

kind_rules cron_job() {
  auto rules = built_in({.group = "batch",
                         .plural = "cronjobs",
                         .singular = "cronjob",
                         .kind = "CronJob",
                         .short_names = {"cj"},
                         .categories = {"all"},
                         .has_status = true,
                         .has_generation = true});
  rules.set_defaults = [](json& object) {
    auto& spec = object_in(object, "spec");
    default_to(spec, "concurrencyPolicy", "Allow");
    default_to(spec, "suspend", false);
    default_to(spec, "successfulJobsHistoryLimit", 3);
    default_to(spec, "failedJobsHistoryLimit", 1);
  };
  rules.prepare = [](json& object, const json* before) {
    if (!before)
      object["status"] = json::object();
  };
  rules.validate = [](const json& object, const json*) -> problems {
    if (text_at(object, "spec.schedule").empty())
      return {required("spec.schedule")};
    return {};
  };
  return rules;
}

} // namespace

std::vector<kind_rules> job_kinds() {
  return {job(), cron_job()};
}

} // namespace kubesim::kinds
