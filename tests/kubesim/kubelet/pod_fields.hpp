#pragma once

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/registry.hpp"

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

/// Reading a pod that the registry has validated.
namespace kubesim {

using time_point = std::chrono::system_clock::time_point;

/// The value at the end of the path; null if any part is missing.
const json& at_path(const json& object, std::initializer_list<std::string_view> path);
std::string text_at_path(const json& object, std::initializer_list<std::string_view> path,
                         std::string_view otherwise = {});
std::int64_t number_at_path(const json& object, std::initializer_list<std::string_view> path,
                            std::int64_t otherwise);
bool flag_at_path(const json& object, std::initializer_list<std::string_view> path, bool otherwise);

std::string uid_of(const json& object);

/// `2026-01-02T03:04:05Z`
std::string seconds_text(time_point time);

} // namespace kubesim
