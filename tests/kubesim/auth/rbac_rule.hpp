#pragma once

#include "tests/kubesim/auth/authorizer.hpp"

#include <optional>
#include <string>

namespace kubesim::rbac {

/// Whether one PolicyRule permits the wish.
bool permits(const json& rule, const attributes& wish);

/// Whether the subject of a binding is this user; the words for it, like `ServiceAccount "a/ns"`.

std::optional<std::string> match(const json& subject, const user& who);

} // namespace kubesim::rbac
