#pragma once

#include "tests/kubesim/api/answer.hpp"

#include <optional>
#include <string>

namespace kubesim::control {

/// The `pod-template-hash` of a template as a real server computes it: FNV-1a over the dump of the
/// Go structure, written in letters that spell no words. Parts of a template that
/// `go_text_of_template` does not know by structure still change the hash, but to another value
/// than a real server's.
std::string pod_template_hash(const json& pod_template, std::optional<int> collisions);

/// The dump itself.
std::string go_text_of_template(const json& pod_template);

/// 32 bits of FNV-1a in the alphabet of generated names.
std::string safe_hash_of(std::string_view text);

} // namespace kubesim::control
