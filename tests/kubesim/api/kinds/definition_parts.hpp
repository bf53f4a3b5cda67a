#pragma once

#include "tests/kubesim/api/answer.hpp"

/// What the definitions of the CSI snapshotter's kinds are put together from.
namespace kubesim::kinds::definition {

json text();
json yes_or_no();
json moment();
json object_of(json properties, json required = json::array());
/// A map from texts to texts.
json map_of_text();
json list_of(json items);
json error();
/// Delete or Retain.
json deletion_policy();
/// An ObjectReference.
json reference();
/// The rules themselves are C++ (snapshot_kinds.cpp); that there are some shows in errors.
json with_rule(json schema, const char* rule, const char* message);

json column(const char* name, const char* type, const char* path, const char* description = "");
json names(const char* plural, const char* singular, const char* kind, json short_names);
/// Of the one version v1, with a status unless it is a class.
json of(const char* group, json names, const char* scope, json schema, json columns);

} // namespace kubesim::kinds::definition
