#include "tests/kubesim/controllers/job_controller.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/time_text.hpp"
#include "tests/kubesim/controllers/claiming.hpp"
#include "tests/kubesim/controllers/ownership.hpp"
#include "tests/kubesim/controllers/pods.hpp"
#include "tests/kubesim/controllers/status_fields.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

using kind = job_step::kind;

std::optional<std::int64_t> number_if_any(const json& job, std::string_view name) {
  const json& value = field(job, {"spec", name});
  return value.is_number() ? std::optional{value.get<std::int64_t>()} : std::nullopt;
}

time_point end_of(const json& pod, time_point otherwise) {
  for (const auto& container : items_at(pod, {"status", "containerStatuses"}))
    if (const auto time
        = kinds::parse_time(text_at(container, {"state", "terminated", "finishedAt"})))
      return *time;
  return otherwise;
}

job_facts gather(const json& job, const std::vector<stored>& pods, time_point now) {
  job_facts facts;
  facts.parallelism = number_at(job, {"spec", "parallelism"}, 1);
  facts.completions = number_if_any(job, "completions");
  facts.backoff_limit = number_at(job, {"spec", "backoffLimit"}, 6);
  if (const auto seconds = number_if_any(job, "activeDeadlineSeconds"))
    facts.deadline = std::chrono::seconds{*seconds};
  facts.is_suspended = field(job, {"spec", "suspend"}) == true;
  facts.started = kinds::parse_time(text_at(job, {"status", "startTime"})).value_or(now);
  for (const auto& pod : pods) {
    const auto phase = text_at(*pod, {"status", "phase"});
    facts.active += is_active(*pod);
    facts.succeeded += phase == "Succeeded";
    if (phase != "Failed")
      continue;
    ++facts.failed;
    facts.last_failure
        = std::max(facts.last_failure.value_or(time_point::min()), end_of(*pod, now));
  }
  return facts;
}

bool is_over(const json& job) {
  return is_true(field(job, {"status"}), "Complete") || is_true(field(job, {"status"}), "Failed");
}

json condition(std::string_view type, const job_step& step, time_point now) {
  const auto time = kinds::format_time(now);
  return {{"type", type},          {"status", "True"},
          {"reason", step.reason}, {"message", step.message},
          {"lastProbeTime", time}, {"lastTransitionTime", time}};
}

void mark_suspended(json& status, bool is_suspended, time_point now) {
  if (!is_suspended && !is_true(status, "Suspended"))
    return;
  auto mark = condition("Suspended",
                        {.reason = is_suspended ? "JobSuspended" : "JobResumed",
                         .message = is_suspended ? "Job suspended" : "Job resumed"},
                        now);
  mark["status"] = is_suspended ? "True" : "False";
  if (field(condition_of(status, "Suspended"), {"status"}) != mark["status"])
    put_condition(status, std::move(mark));
}

json status_of(const json& job, const std::vector<stored>& pods, const job_facts& facts,
               const job_step& step, time_point now) {
  auto status = members_at(job, {"status"});
  const bool ends = step.what == kind::complete || step.what == kind::fail;
  if (!facts.is_suspended && !status.contains("startTime"))
    status["startTime"] = kinds::format_time(now);
  mark_suspended(status, facts.is_suspended, now);
  set_count(status, "active", ends ? 0 : facts.active);
  set_count(status, "succeeded", facts.succeeded);
  set_count(status, "failed", facts.failed);
  status["ready"] = std::count_if(pods.begin(), pods.end(), [&](const stored& pod) {
    return !ends && is_active(*pod) && is_ready(*pod);
  });
  status["terminating"] = std::count_if(pods.begin(), pods.end(), [](const stored& pod) {
    return is_being_deleted(*pod) && !has_finished(*pod);
  });
  status["uncountedTerminatedPods"] = json::object();
  if (!ends)
    return status;
  const bool is_complete = step.what == kind::complete;
  put_condition(status, condition(is_complete ? "SuccessCriteriaMet" : "FailureTarget", step, now));
  put_condition(status, condition(is_complete ? "Complete" : "Failed", step, now));
  if (is_complete)
    status["completionTime"] = kinds::format_time(now);
  return status;
}

} // namespace

job_controller::job_controller(world& everything, work_queue& queue) : world_{everything} {
  watch_owners(everything, everything.types.jobs, queue);
  watch_children(everything, everything.types.pods, everything.types.jobs, queue);
}

outcome job_controller::reconcile(const object_ref& ref, time_point now) {
  const auto job = world_.objects.find(world_.types.jobs, ref);
  if (!job || is_being_deleted(*job))
    return await_change();
  if (is_over(*job))
    return expire(*job, now);
  const auto pods = claim_children(world_, world_.types.pods, world_.types.jobs, *job);
  const auto facts = gather(*job, pods, now);
  const auto step = next_job_step(facts, now);
  auto changed = *job;
  changed["status"] = status_of(*job, pods, facts, step, now);
  if (changed != *job)
    if (const auto written = world_.write_status(world_.types.jobs, changed); !written)
      return try_again(written.refusal());
  return perform(*job, pods, step);
}

outcome job_controller::perform(const json& job, const std::vector<stored>& pods,
                                const job_step& step) {
  std::optional<refusal> trouble;
  if (step.what == kind::run)
    trouble = make_pods(job, step.pods);
  else if (step.what != kind::wait)
    trouble = stop_pods(pods);
  if (trouble)
    return try_again(*trouble);
  if (step.retry)
    return visit_after(*step.retry);
  return await_change();
}

std::optional<refusal> job_controller::make_pods(const json& job, std::int64_t count) {
  auto pod = pod_from_template(field(job, {"spec", "template"}), world_.types.jobs, job);
  pod["metadata"]["generateName"] = text_at(job, {"metadata", "name"}) + "-";
  for (; count > 0; --count)
    if (auto made = world_.create(world_.types.pods, ref_of(job).name_space, pod); !made)
      return made.refusal();
  return std::nullopt;
}

std::optional<refusal> job_controller::stop_pods(const std::vector<stored>& pods) {
  for (const auto& pod : pods)
    if (is_active(*pod))
      if (auto why = world_.remove(world_.types.pods, *pod))
        return why;
  return std::nullopt;
}

/// ttlSecondsAfterFinished.
outcome job_controller::expire(const json& job, time_point now) {
  const auto seconds = number_if_any(job, "ttlSecondsAfterFinished");
  if (!seconds)
    return await_change();
  const json& status = field(job, {"status"});
  const json& end = condition_of(status, is_true(status, "Complete") ? "Complete" : "Failed");
  const auto since = kinds::parse_time(text_at(end, {"lastTransitionTime"})).value_or(now);
  const auto when = since + std::chrono::seconds{*seconds};
  if (now < when)
    return visit_after(std::chrono::ceil<std::chrono::milliseconds>(when - now));
  if (auto why = world_.remove(world_.types.jobs, job, "Background"))
    return try_again(*why);
  return await_change();
}

} // namespace kubesim::control
