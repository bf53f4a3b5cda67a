#pragma once

#include "tests/kubesim/api/answer.hpp"
#include "tests/kubesim/api/kind_rules.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The Status answers of a real API server, word for word: clients and people read them.
namespace kubesim::status_error {

/// Any Status of failure; `details` null means none at all, `{}` an empty one.
refusal of(int code, std::string_view reason, std::string message, json details = nullptr);

refusal bad_request(std::string message);
refusal not_found(const resource_type& type, std::string_view name);
/// A resource that is not served, in a group that is.
refusal no_such_resource();
refusal already_exists(const resource_type& type, std::string_view name);
/// The same while the old object still waits for its finalizers.
refusal being_deleted(const resource_type& type, std::string_view name);
/// A stale resourceVersion.
refusal conflict(const resource_type& type, std::string_view name);
/// A stale `preconditions.uid` or `preconditions.resourceVersion` of a deletion.
refusal precondition_failed(const resource_type& type, std::string_view name, std::string why);
refusal invalid(const resource_type& type, std::string_view name,
                const std::vector<field_problem>& problems);
/// What is wrong with CreateOptions, ListOptions, ...
refusal invalid_options(std::string_view kind, const std::vector<field_problem>& problems);
/// A custom object written without its resourceVersion; names the plural, unlike other 422s.
refusal version_required(const resource_type& type, std::string_view name);
/// The body cannot be read as the kind.
refusal undecodable(const resource_type& type, std::string_view why);
/// A patch whose result has fields that nobody knows.
refusal strict_patch(const resource_type& type, const json& patched, std::string_view why);
/// A JSON patch that cannot be applied: the text never says why.
refusal unprocessable();
refusal namespace_terminating(const resource_type& type, std::string_view name,
                              std::string_view name_space);
/// By admission: a quota.
refusal not_admitted(const resource_type& type, std::string_view name, const std::string& why);
refusal method_not_allowed();
refusal expired(std::string message);
refusal version_too_large(std::uint64_t wanted, std::uint64_t current);
refusal internal(std::string message);

/// `Status` of success for an object that is gone.
json gone(const resource_type& type, std::string_view name, std::string_view uid);

} // namespace kubesim::status_error
