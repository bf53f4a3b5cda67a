#pragma once

#include "actors/freeze_session/hook_declaration.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Hooks by the name of a server: what stands in docs/hooks.md under Presets, as text.
namespace freeze_session {

/// A directory of a claim in the container: all of it, or what is under `sub_path`.
struct claim_mount {
  std::string path, sub_path;
};

/// All that a preset's texts depend on.
struct preset_subject {
  std::vector<claim_mount> mounts;        ///< of the backup's claims, in the container of the hooks
  std::chrono::milliseconds max_freeze{}; ///< nothing is held for longer
};

/// Why there is no such preset, with those that there are; empty if there is one.
std::string why_no_preset(std::string_view name);

/// Whether the preset freezes what is mounted, and so has nothing to do without `mounts`.
bool freezes_mounts(std::string_view preset);

/// The preset's hooks, or nothing if there is no such preset.
std::optional<hook_declaration> hooks_of_preset(std::string_view name,
                                                const preset_subject& subject);

} // namespace freeze_session
