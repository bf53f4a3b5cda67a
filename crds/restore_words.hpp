#pragma once

#include "crds/volume_restore.hpp"
#include "crds/words.hpp"

/// The enumerations of volume_restore.hpp as the API writes them.
namespace crds::restore_words {

inline constexpr std::array<word<restore_strategy>, 3> strategies{{
    {restore_strategy::automatic, "Auto"},
    {restore_strategy::switch_claim, "SwitchClaim"},
    {restore_strategy::replace_claim, "ReplaceClaim"},
}};

inline constexpr std::array<word<old_claim_policy>, 2> old_claim_policies{{
    {old_claim_policy::retain, "Retain"},
    {old_claim_policy::remove, "Delete"},
}};

inline constexpr std::array<word<rollback_policy>, 2> rollbacks{{
    {rollback_policy::automatic, "Auto"},
    {rollback_policy::never, "Never"},
}};

/// Without `none`, which is the absent phase.
inline constexpr std::array<word<restore_phase>, 9> phases{{
    {restore_phase::pending, "Pending"},
    {restore_phase::provisioning, "Provisioning"},
    {restore_phase::switching, "Switching"},
    {restore_phase::rolling_out, "RollingOut"},
    {restore_phase::completed, "Completed"},
    {restore_phase::rolling_back, "RollingBack"},
    {restore_phase::rolled_back, "RolledBack"},
    {restore_phase::failed, "Failed"},
    {restore_phase::cancelled, "Cancelled"},
}};

} // namespace crds::restore_words
