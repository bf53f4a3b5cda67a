#include "tests/sweeps/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <optional>
#include <ostream>

namespace sweeps {

using hook = hook_run::hook;

void PrintTo(const hook_run& run, std::ostream* out) {
  *out << (run.which == hook::pre ? "pre " : "post ") << run.pod << " at " << run.began.count();
}

scenarios::json telling_hooks() {
  const auto tell = [](const std::string& which) {
    return "read now rest < /proc/uptime; echo " + which + " $HOSTNAME $now >> /data/runs; ";
  };
  return {{"backups.example.com.pre-hook", tell("pre") + "touch /data/frozen.$HOSTNAME"},
          {"backups.example.com.post-hook", tell("post") + "rm -f /data/frozen.$HOSTNAME"}};
}

std::vector<hook_run> told_runs(const std::filesystem::path& volume) {
  std::vector<hook_run> runs;
  std::ifstream told{volume / "runs"};
  std::string which;
  std::string pod;
  for (double seconds = 0; told >> which >> pod >> seconds;)
    runs.push_back({which == "pre" ? hook::pre : hook::post, pod,
                    std::chrono::milliseconds{std::llround(seconds * 1'000)}});
  return runs;
}

void forget_told_runs(const std::filesystem::path& volume) {
  std::filesystem::remove(volume / "runs");
}

bool is_frozen(const std::vector<hook_run>& runs, const std::set<std::string>& gone) {
  std::map<std::string, bool> frozen;
  for (const auto& run : runs)
    frozen[run.pod] = run.which == hook::pre;
  return std::any_of(frozen.begin(), frozen.end(),
                     [&gone](const auto& pod) { return pod.second && !gone.contains(pod.first); });
}

std::vector<std::string> broken_freezes(const std::vector<hook_run>& runs,
                                        std::chrono::milliseconds max_freeze,
                                        const std::set<std::string>& gone) {
  constexpr std::chrono::seconds grace{1};
  std::vector<std::string> broken;
  std::map<std::string, std::optional<std::chrono::milliseconds>> frozen;
  for (const auto& run : runs) {
    auto& since = frozen[run.pod];
    if (run.which == hook::pre) {
      if (since)
        broken.push_back("I2: " + run.pod + " was frozen while it was frozen");
      since = run.began;
    } else if (since) {
      const auto lasted = run.began - *since;
      if (lasted > max_freeze + grace)
        broken.push_back("I1: " + run.pod + " was frozen for " + std::to_string(lasted.count())
                         + " ms");
      since.reset();
    }
  }
  for (const auto& [pod, since] : frozen)
    if (since && !gone.contains(pod))
      broken.push_back("I2: " + pod + " was never thawed");
  return broken;
}

} // namespace sweeps
