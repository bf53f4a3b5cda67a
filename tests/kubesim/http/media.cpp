#include "tests/kubesim/http/media.hpp"

#include "tests/kubesim/api/status_error.hpp"

#include <array>
#include <map>
#include <string>

namespace kubesim::http {

namespace {

constexpr std::string_view known_types
    = "application/json, application/yaml, application/vnd.kubernetes.protobuf";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ')
    text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ')
    text.remove_suffix(1);
  return text;
}

/// Cuts the part before a separator off.
std::string_view take(std::string_view& text, char separator) {
  auto end = text.find(separator);
  auto part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  return trimmed(part);
}

using parameters = std::map<std::string_view, std::string_view>;

std::string_view one_of(std::string_view wanted, const std::array<std::string_view, 3>& known) {
  for (auto version : known)
    if (!version.empty() && version == wanted)
      return version;
  return {};
}

std::optional<representation> shaped(parameters& wanted, bool is_yaml) {
  using form = representation::form;
  auto as = wanted["as"];
  if (as.empty())
    return representation{form::object, is_yaml, {}};
  if (as == "APIGroupDiscoveryList") {
    auto version = one_of(wanted["v"], {"v2", "v2beta1", ""});
    if (version.empty() || wanted["g"] != "apidiscovery.k8s.io")
      return std::nullopt;
    return representation{form::discovery, false, version};
  }
  auto version = one_of(wanted["v"], {"v1", "v1beta1", ""});
  if (version.empty() || wanted["g"] != "meta.k8s.io")
    return std::nullopt;
  if (as == "Table")
    return representation{form::table, is_yaml, version};
  if (as == "PartialObjectMetadata")
    return representation{form::partial_metadata, is_yaml, version};
  if (as == "PartialObjectMetadataList")
    return representation{form::partial_metadata_list, is_yaml, version};
  return std::nullopt;
}

std::optional<representation> served(std::string_view clause) {
  auto type = take(clause, ';');
  parameters wanted;
  while (!clause.empty()) {
    auto value = take(clause, ';');
    auto name = take(value, '=');
    wanted[name] = value;
  }
  if (type == "application/json" || type == "*/*" || type == "application/*")
    return shaped(wanted, false);
  if (type == "application/yaml")
    return shaped(wanted, true);
  return std::nullopt;
}

} // namespace

std::optional<representation> negotiate(std::string_view accept) {
  if (trimmed(accept).empty())
    return representation{};
  while (!accept.empty())
    if (auto found = served(take(accept, ',')))
      return found;
  return std::nullopt;
}

refusal not_acceptable(std::string_view accept) {
  if (accept.find("as=") != std::string_view::npos)
    return status_error::of(406, "NotAcceptable",
                            "only the following media types are accepted: "
                                + std::string{known_types});
  return status_error::of(406, "NotAcceptable",
                          "406: Not Acceptable\n\nAvailable representations: "
                              + std::string{known_types},
                          json::object());
}

} // namespace kubesim::http
