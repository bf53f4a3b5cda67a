#pragma once

#include "tests/kubesim/auth/pki.hpp"

#include <string>
#include <string_view>

namespace kubesim {

/// A kubeconfig with one context, everything inline.
std::string write_kubeconfig(const std::string& url, std::string_view authority,
                             const key_pair& client);

} // namespace kubesim
