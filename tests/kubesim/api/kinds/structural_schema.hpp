#pragma once

#include "tests/kubesim/api/kinds/fields.hpp"

#include <string>
#include <vector>

/// The OpenAPI v3 schema of a CustomResourceDefinition at work on the objects of its kind.
namespace kubesim::kinds::structural {

/// The schema of an object's member, its own or that of all others; nullptr if the schema has
/// neither.
const json* schema_of_member(const json& schema, const std::string& name);

/// Removes what the schema does not know and answers the paths of it. The root keeps apiVersion,
/// kind and metadata.
std::vector<std::string> prune(const json& schema, json& object);

/// Fills in defaults below what is there, and drops nulls where none may be.
void apply_defaults(const json& schema, json& object);

/// What is wrong with the object; parts that are as they were in `before` are not looked at again.
problems validate(const json& schema, const json& object, const json* before);

/// Whether any part of the schema has x-kubernetes-validations.
bool has_rules(const json& schema);

} // namespace kubesim::kinds::structural
