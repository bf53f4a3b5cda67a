#include "tests/sweeps/evidence.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace sweeps {

using hook = hook_run::hook;

scenarios::json telling_hooks() {
  return {
      {"backups.example.com.pre-hook", "touch /data/frozen.$HOSTNAME /data/run.pre.$HOSTNAME.$$"},
      {"backups.example.com.post-hook",
       "touch /data/run.post.$HOSTNAME.$$; rm -f /data/frozen.$HOSTNAME"}};
}

std::vector<hook_run> told_runs(const std::filesystem::path& volume) {
  std::vector<hook_run> runs;
  for (const auto& entry : std::filesystem::directory_iterator{volume}) {
    const auto name = entry.path().filename().string(); // run.pre.POD.PROCESS
    if (!name.starts_with("run."))
      continue;
    const bool is_pre = name.starts_with("run.pre.");
    const auto pod = name.substr(is_pre ? 8 : 9);
    runs.push_back(
        {is_pre ? hook::pre : hook::post, pod.substr(0, pod.rfind('.')), entry.last_write_time()});
  }
  std::sort(runs.begin(), runs.end(),
            [](const hook_run& a, const hook_run& b) { return a.began < b.began; });
  return runs;
}

void forget_told_runs(const std::filesystem::path& volume) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{volume})
    if (entry.path().filename().string().starts_with("run."))
      files.push_back(entry.path());
  for (const auto& file : files)
    std::filesystem::remove(file);
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
  std::map<std::string, std::optional<wall_time>> frozen;
  for (const auto& run : runs) {
    auto& since = frozen[run.pod];
    if (run.which == hook::pre) {
      if (since)
        broken.push_back("I2: " + run.pod + " was frozen while it was frozen");
      since = run.began;
    } else if (since) {
      const auto lasted = std::chrono::duration_cast<std::chrono::milliseconds>(run.began - *since);
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
