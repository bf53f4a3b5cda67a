#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace manifests {

using nlohmann::json;

/// What is checked in at that path, relative to the project's root.
std::filesystem::path project_file(std::string_view path);
std::string text_of(std::string_view path);

/// The documents of a YAML file as a Kubernetes client sends them: plain `true` and `8080` are no
/// strings, quoted ones are.
std::vector<json> documents(std::string_view path);

/// The only document of `crds/<plural>.yaml`, and the schema of its only version.
json definition(std::string_view plural);
json schema_of(const json& definition);

/// Of a schema; empty if it has none.
const json& properties_of(const json& schema);

/// Fills in the defaults of a schema as the API server does.
void set_defaults(const json& schema, json& value);

/// Where a value is not what the schema says: `spec.claims[0]: is no string`.
std::vector<std::string> misfits(const json& schema, const json& value,
                                 const std::string& path = {});

} // namespace manifests
