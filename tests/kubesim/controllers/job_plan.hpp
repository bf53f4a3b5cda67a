#pragma once

#include "tests/kubesim/controllers/work_queue.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

/// What a Job does next. Pure.
namespace kubesim::control {

struct job_facts {
  std::int64_t parallelism = 1;
  std::optional<std::int64_t> completions{}; ///< nothing: the first success ends it
  std::int64_t backoff_limit = 6;
  std::optional<std::chrono::seconds> deadline{};
  bool is_suspended = false;
  std::optional<time_point> started{};
  std::int64_t active = 0, succeeded = 0, failed = 0;
  std::optional<time_point> last_failure{};
};

struct job_step {
  enum class kind { wait, run, stop, complete, fail } what = kind::wait;
  std::int64_t pods = 0;                            ///< for run: how many more
  std::string reason{}, message{};                  ///< for complete and fail
  std::optional<std::chrono::milliseconds> retry{}; ///< when to look again
};

job_step next_job_step(const job_facts& now, time_point clock);

} // namespace kubesim::control
