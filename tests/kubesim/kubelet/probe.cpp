#include "tests/kubesim/kubelet/probe.hpp"

#include <algorithm>

namespace kubesim {

probe_timing timing_of(const json& probe) {
  const auto seconds = [&](std::string_view field, std::int64_t otherwise) {
    return std::chrono::seconds{number_at_path(probe, {field}, otherwise)};
  };
  const auto times = [&](std::string_view field, std::int64_t otherwise) {
    return static_cast<int>(std::max<std::int64_t>(1, number_at_path(probe, {field}, otherwise)));
  };
  const auto at_least_one
      = [](std::chrono::seconds time) { return std::max(time, std::chrono::seconds{1}); };
  return {.initial_delay = seconds("initialDelaySeconds", 0),
          .period = at_least_one(seconds("periodSeconds", 10)),
          .timeout = at_least_one(seconds("timeoutSeconds", 1)),
          .success_threshold = times("successThreshold", 1),
          .failure_threshold = times("failureThreshold", 3)};
}

std::optional<bool> probe_judge::count(bool has_succeeded) {
  in_a_row_ = has_succeeded == last_ ? in_a_row_ + 1 : 1;
  last_ = has_succeeded;
  const int threshold = has_succeeded ? timing_.success_threshold : timing_.failure_threshold;
  if (in_a_row_ < threshold)
    return std::nullopt;
  return has_succeeded;
}

} // namespace kubesim
