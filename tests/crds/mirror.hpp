#pragma once

#include "crds/condition.hpp"
#include "tests/crds/manifests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

/// The C++ mirror of a kind against the schema that users see.
namespace mirror {

using manifests::json;

/// `spec` or `status` of `crds/<plural>.yaml`.
json schema_of(std::string_view plural, const std::string& part);

/// Every enumeration below a schema, by JSON pointer.
std::map<std::string, json> enumerations(const json& schema, const std::string& path = {});

/// A condition with every field set.
crds::condition full_condition(std::string_view type);

/// What is left of a merge patch on an empty status: a null removes, but not inside of a list.
json after_merge(const json& patch);

/// `written` is a status whose every field is set.
void expect_same_fields(const json& status_schema, const json& written);

/// The problems of a spec of which nothing is known but this.
using problems_of = std::function<std::vector<std::string>(json spec)>;
/// That the operator knows all the words, and no other ones.
void expect_known_words(const std::map<std::string, json>& words, const problems_of& problems);

using spans = std::map<std::string, std::chrono::milliseconds>;
/// That each timeout alone has the default that it has in the whole, and the operator's.
void expect_default_timeouts(const json& spec_schema, const spans& ours);

} // namespace mirror
