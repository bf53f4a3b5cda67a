#pragma once

#include "tests/scenarios/application.hpp"

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <set>
#include <string>
#include <vector>

/// What hooks leave behind in a volume, and what the invariants of the contract say of it. Nothing
/// here asks the operator.
namespace sweeps {

/// One run of a hook in a pod, by the line that it writes as it begins.
struct hook_run {
  enum class hook { pre, post } which = hook::pre;
  std::string pod;
  std::chrono::milliseconds began; ///< after the machine's start, by a clock of 10 ms
};

void PrintTo(const hook_run& run, std::ostream* out);

/// Annotations of an application whose hooks leave one line per run on the claim `data`, and
/// `frozen.POD` there while the pod is frozen.
scenarios::json telling_hooks();

/// All runs in the order in which they began: that of the lines, for times may be equal.
std::vector<hook_run> told_runs(const std::filesystem::path& volume);
void forget_told_runs(const std::filesystem::path& volume);

/// Is there a pod, but for those that are `gone`, whose last pre-hook has no later post-hook?
bool is_frozen(const std::vector<hook_run>& runs, const std::set<std::string>& gone = {});

/// What breaks I1 (thawed no later than `max_freeze` and a second after the pre-hook began) or I2
/// (every freeze has a thaw, no two freezes of a pod overlap), in words.
/// The freeze of a pod that is `gone` ended with it.
std::vector<std::string> broken_freezes(const std::vector<hook_run>& runs,
                                        std::chrono::milliseconds max_freeze,
                                        const std::set<std::string>& gone = {});

} // namespace sweeps
