#pragma once

#include "tests/kubesim/kubelet/pod_fields.hpp"

#include <chrono>
#include <optional>

namespace kubesim {

/// When a probe is run and how its results are counted.
struct probe_timing {
  std::chrono::seconds initial_delay{0}, period{10}, timeout{1};
  int success_threshold = 1, failure_threshold = 3;
};

probe_timing timing_of(const json& probe);

/// Counts results in a row; says when there are enough of them for a verdict.
class probe_judge {
public:
  explicit probe_judge(const probe_timing& timing) : timing_{timing} {}

  /// The verdict if this result reaches its threshold.
  std::optional<bool> count(bool has_succeeded);

private:
  probe_timing timing_;
  bool last_ = false;
  int in_a_row_ = 0;
};

} // namespace kubesim
