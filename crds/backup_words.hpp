#pragma once

#include "crds/volume_backup.hpp"
#include "crds/words.hpp"

/// The enumerations of volume_backup.hpp as the API writes them.
namespace crds::backup_words {

inline constexpr std::array<word<snapshot_mode>, 3> snapshot_modes{{
    {snapshot_mode::automatic, "Auto"},
    {snapshot_mode::individual, "Individual"},
    {snapshot_mode::group, "Group"},
}};

inline constexpr std::array<word<hooks_policy>, 3> hooks_policies{{
    {hooks_policy::required, "Required"},
    {hooks_policy::if_present, "IfPresent"},
    {hooks_policy::skip, "Skip"},
}};

inline constexpr std::array<word<on_hook_failure>, 2> hook_failures{{
    {on_hook_failure::fail, "Fail"},
    {on_hook_failure::crash_consistent, "CrashConsistent"},
}};

inline constexpr std::array<word<deletion_policy>, 2> deletion_policies{{
    {deletion_policy::remove, "Delete"},
    {deletion_policy::retain, "Retain"},
}};

/// Without `none`, which is the absent phase.
inline constexpr std::array<word<backup_phase>, 9> phases{{
    {backup_phase::pending, "Pending"},
    {backup_phase::queued, "Queued"},
    {backup_phase::freezing, "Freezing"},
    {backup_phase::snapshotting, "Snapshotting"},
    {backup_phase::thawing, "Thawing"},
    {backup_phase::uploading, "Uploading"},
    {backup_phase::completed, "Completed"},
    {backup_phase::failed, "Failed"},
    {backup_phase::cancelled, "Cancelled"},
}};

inline constexpr std::array<word<consistency>, 3> verdicts{{
    {consistency::application, "Application"},
    {consistency::crash, "Crash"},
    {consistency::unknown, "Unknown"},
}};

} // namespace crds::backup_words
