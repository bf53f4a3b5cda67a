#pragma once

#include "actors/volume_backup/observed.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace actors {

/// What became of one hook of one pod.
struct hook_outcome {
  std::string hook;   ///< `pre`, `post`
  std::string mode;   ///< `session`, `client`, `exec`
  std::string result; ///< `Succeeded`, `Failed`, `Unknown`

  auto operator<=>(const hook_outcome&) const = default;
};

/// What is measured of one backup, for histograms. Spans of this process's own clock: those of an
/// earlier process are unknown.
struct backup_measures {
  std::optional<std::chrono::nanoseconds> freeze;        ///< first exec to the last pod's release
  std::optional<std::chrono::nanoseconds> cut;           ///< first create to the last cut
  std::optional<std::chrono::nanoseconds> thaw_dispatch; ///< last cut seen to the first thaw sent
  std::optional<std::chrono::nanoseconds> ready;         ///< last cut to the last one ready
  std::vector<hook_outcome> hooks;
};

backup_measures measures_of(const observed& world);

} // namespace actors
