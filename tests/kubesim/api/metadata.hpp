#pragma once

#include "tests/kubesim/api/kind_rules.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// What holds for the metadata of every kind.
namespace kubesim::metadata {

/// The first member of metadata whose JSON type is wrong, as the server words it; empty if none.
std::string decoding_problem(const json& object);

/// Empty lists and maps go, and what this server does not keep (managedFields, selfLink).
void tidy(json& object);

/// What is wrong with the metadata of a new object.
std::vector<field_problem> problems(const json& object, const kind_rules& rules);
/// What is wrong with the metadata that is to replace that of `before`.
std::vector<field_problem> change_problems(const json& object, const json& before);

/// `prefix` and five characters of an alphabet that spells no words; a long prefix is cut to 58.
std::string generated_name(std::string prefix, const std::function<std::uint64_t()>& random);
/// A random UUID (version 4).
std::string new_uid(const std::function<std::uint64_t()>& random);
/// RFC 3339 in UTC with whole seconds.
std::string timestamp(std::chrono::system_clock::time_point at);

} // namespace kubesim::metadata
