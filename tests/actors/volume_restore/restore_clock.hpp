#pragma once

#include "actors/volume_backup/observed.hpp"

#include <chrono>

namespace support {

/// When the restores of these tests begin, and so long after it.
inline constexpr std::chrono::steady_clock::time_point restore_start{std::chrono::hours{1}};

inline actors::moment at(std::chrono::milliseconds after) {
  return {restore_start + after, k8s::timestamp{std::chrono::hours{24}} + after};
}

} // namespace support
