#pragma once

#include "tests/kubesim/api/registry.hpp"
#include "tests/kubesim/http/exchange.hpp"

#include <string>
#include <vector>

namespace kubesim::http {

/// dryRun, fieldManager (by default the program that asks), fieldValidation and force; `kind` names
/// the options in a refusal
/// (`PatchOptions`).
answer<write_options> parse_write_options(const incoming& request, const std::string& kind);

/// A deletion's options, from its body (JSON or YAML) and its query; the query counts where the
/// body says nothing.
answer<removal_options> parse_removal_options(const query& parameters, const std::string& body,
                                              const std::string& content_type);

/// `299 - "text"`
std::string warning_header(const std::string& text);

} // namespace kubesim::http
