#include "tests/kubesim/controllers/job_plan.hpp"

#include <algorithm>

namespace kubesim::control {
namespace {

using namespace std::chrono_literals;
using kind = job_step::kind;

std::chrono::milliseconds until(time_point when, time_point clock) {
  return std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(when - clock));
}

/// Ten seconds after the first failure, twice as long after each further one.
std::chrono::seconds pause_after(std::int64_t failures) {
  return std::min<std::chrono::seconds>(10s * (1 << std::min<std::int64_t>(failures - 1, 10)),
                                        10min);
}

bool has_enough(const job_facts& now) {
  if (now.completions)
    return now.succeeded >= *now.completions;
  return now.succeeded > 0 && now.active == 0;
}

std::int64_t missing_pods(const job_facts& now) {
  if (!now.completions)
    return now.succeeded > 0 ? 0 : now.parallelism - now.active;
  return std::min(now.parallelism, *now.completions - now.succeeded) - now.active;
}

job_step run(const job_facts& now, time_point clock) {
  job_step step;
  if (now.deadline && now.started)
    step.retry = until(*now.started + *now.deadline, clock);
  const auto missing = missing_pods(now);
  if (missing <= 0)
    return step;
  if (now.last_failure) {
    const auto next = *now.last_failure + pause_after(now.failed);
    if (clock < next) {
      step.retry = std::min(step.retry.value_or(1h), until(next, clock));
      return step;
    }
  }
  step.what = kind::run;
  step.pods = missing;
  return step;
}

} // namespace

job_step next_job_step(const job_facts& now, time_point clock) {
  if (has_enough(now))
    return {.what = kind::complete,
            .reason = "CompletionsReached",
            .message = "Reached expected number of succeeded pods"};
  if (now.failed > now.backoff_limit)
    return {.what = kind::fail,
            .reason = "BackoffLimitExceeded",
            .message = "Job has reached the specified backoff limit"};
  if (now.deadline && now.started && clock >= *now.started + *now.deadline)
    return {.what = kind::fail,
            .reason = "DeadlineExceeded",
            .message = "Job was active longer than specified deadline"};
  if (now.is_suspended)
    return {.what = kind::stop};
  return run(now, clock);
}

} // namespace kubesim::control
