#pragma once

#include "k8s/resources/pod.hpp"

#include <string>
#include <string_view>

namespace freeze_session {

/// The annotations by which a pod declares its hooks. `backups.example.com/...` means the same.
namespace annotation {
inline constexpr std::string_view pre_hook = "backups.example.com.pre-hook";
inline constexpr std::string_view post_hook = "backups.example.com.post-hook";
inline constexpr std::string_view hook_session = "backups.example.com.hook-session";
inline constexpr std::string_view hook_ready = "backups.example.com.hook-ready";
inline constexpr std::string_view hook_preset = "backups.example.com.hook-preset";
inline constexpr std::string_view hook_container = "backups.example.com.hook-container";
inline constexpr std::string_view hook_timeout = "backups.example.com.hook-timeout";
inline constexpr std::string_view hook_pods = "backups.example.com.hook-pods";
inline constexpr std::string_view hook_probe = "backups.example.com.hook-probe";
inline constexpr std::string_view default_container = "kubectl.kubernetes.io/default-container";
} // namespace annotation

/// `backups.example.com/...`
std::string slashed_form(std::string_view annotation);

/// Whether the pod says anything of hooks: has one of them, in either form, that is not blank.
bool carries_hook_annotation(const k8s::pod& pod);

bool is_blank(std::string_view text);

} // namespace freeze_session
