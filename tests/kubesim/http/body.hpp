#pragma once

#include "tests/kubesim/api/answer.hpp"
#include "tests/kubesim/api/registry.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace kubesim::http {

/// A body as it was read.
struct parsed_body {
  json value;
  std::vector<std::string> duplicate_fields; ///< `data.a`; the last one won
};

/// The second is what is wrong, as the server words it after `json parse error: `.
std::variant<parsed_body, std::string> parse_json(const std::string& text);

/// YAML 1.1, as JSON: an unquoted `y` is the boolean true. The first document only.
std::variant<parsed_body, std::string> parse_yaml(const std::string& text);

/// A JSON value as YAML whose strings stay strings.
std::string to_yaml(const json& value);

/// The body of a create or an update: JSON or YAML by its content type, of the kind that the URL
/// names.
answer<parsed_body> read_object(const std::string& text, std::string_view content_type,
                                const resource_type& type, const registry& objects);

/// The media type without its parameters, in lower case.
std::string media_type(std::string_view content_type);

} // namespace kubesim::http
