#include "tests/kubesim/http/body.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/kinds/protobuf.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>
#include <cctype>
#include <set>

namespace kubesim::http {

namespace {

/// Watches the parser for members that come twice in one object.
class duplicate_finder {
public:
  bool operator()(int, json::parse_event_t event, json& parsed) {
    using event_t = json::parse_event_t;
    switch (event) {
    case event_t::object_start:
      scopes_.emplace_back();
      break;
    case event_t::object_end:
      scopes_.pop_back();
      break;
    case event_t::key:
      note(parsed.get<std::string>());
      break;
    default:
      break;
    }
    return true;
  }

  std::vector<std::string> found;

private:
  struct scope {
    std::set<std::string> seen;
    std::string now;
  };

  void note(std::string name) {
    if (!scopes_.back().seen.insert(name).second)
      found.push_back(path() + name);
    scopes_.back().now = std::move(name);
  }

  std::string path() const {
    std::string text;
    for (std::size_t i = 0; i + 1 < scopes_.size(); ++i)
      text += scopes_[i].now + ".";
    return text;
  }

  std::vector<scope> scopes_;
};

/// Go's words for what the parser did not like; only the commonest is told apart.
std::string go_words(const json::parse_error& error, const std::string& text) {
  if (error.byte > text.size())
    return "unexpected end of JSON input";
  auto at = error.byte == 0 ? 0 : error.byte - 1;
  return std::string{"invalid character '"} + (at < text.size() ? text[at] : ' ')
         + "' looking for beginning of value";
}

refusal wrong_kind(const resource_type& type, const std::string& version, const std::string& kind,
                   const registry& objects) {
  if (type.is_custom)
    return status_error::bad_request("the API version in the data (" + version
                                     + ") does not match the expected API version ("
                                     + type.api_version() + ")");
  if (objects.find_type_by_kind(version, kind)) {
    auto plain = version.substr(version.find('/') + 1);
    return status_error::bad_request(kind + " in version \"" + plain + "\" cannot be handled as a "
                                     + type.kind + ": converting (" + plain + "." + kind + ") to ("
                                     + (type.group.empty() ? "core" : type.group) + "." + type.kind
                                     + "): unknown conversion");
  }
  return status_error::undecodable(type,
                                   "no kind \"" + kind + "\" is registered for version \"" + version
                                       + "\" in scheme \"pkg/api/legacyscheme/scheme.go:30\"");
}

std::optional<refusal> check_kind(const json& body, const resource_type& type,
                                  const registry& objects) {
  auto version = text_at(body, {"apiVersion"});
  auto kind = text_at(body, {"kind"});
  if (type.is_custom && kind.empty())
    return status_error::bad_request("Object 'Kind' is missing in '" + body.dump() + "'");
  if (type.is_custom && version.empty())
    return status_error::bad_request("Object 'apiVersion' is missing in '" + body.dump() + "'");
  if (version.empty() && kind.empty())
    return std::nullopt;
  if (version.empty())
    version = type.api_version();
  if (kind.empty())
    kind = type.kind;
  if (version == type.api_version() && kind == type.kind)
    return std::nullopt;
  return wrong_kind(type, version, kind, objects);
}

/// The server shows the body: as text if it is one, else in hexadecimal.
std::string shown(const std::string& text) {
  constexpr std::size_t longest = 1024;
  if (text.empty())
    return "<empty>";
  return text.substr(0, longest);
}

refusal unrecognized(const resource_type& type, const std::string& why, const std::string& text) {
  return status_error::bad_request("the object provided is unrecognized (must be of type "
                                   + type.kind + "): couldn't get version/kind; json parse error: "
                                   + why + " (" + shown(text) + ")");
}

refusal unsupported() {
  return status_error::of(415, "UnsupportedMediaType",
                          "the body of the request was in an unknown format - accepted media types "
                          "include: application/json, application/yaml, "
                          "application/vnd.kubernetes.protobuf");
}

answer<parsed_body> read_protobuf(const std::string& text, const resource_type& type,
                                  const registry& objects) {
  auto value = kinds::decode_protobuf(text);
  if (!value)
    return unsupported();
  if (auto why = check_kind(*value, type, objects))
    return *why;
  return parsed_body{std::move(*value), {}};
}

} // namespace

std::string media_type(std::string_view content_type) {
  std::string type{content_type.substr(0, content_type.find(';'))};
  std::erase(type, ' ');
  std::transform(type.begin(), type.end(), type.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

std::variant<parsed_body, std::string> parse_json(const std::string& text) {
  if (text.empty())
    return "unexpected end of JSON input";
  duplicate_finder duplicates;
  try {
    auto value = json::parse(text, std::ref(duplicates));
    return parsed_body{std::move(value), std::move(duplicates.found)};
  } catch (const json::parse_error& error) {
    return go_words(error, text);
  }
}

answer<parsed_body> read_object(const std::string& text, std::string_view content_type,
                                const resource_type& type, const registry& objects) {
  auto media = media_type(content_type);
  if (media == "application/vnd.kubernetes.protobuf" && !type.is_custom)
    return read_protobuf(text, type, objects);
  bool is_yaml = media == "application/yaml";
  if (!is_yaml && !media.empty() && media != "application/json")
    return unsupported();
  auto parsed = is_yaml ? parse_yaml(text) : parse_json(text);
  if (auto* why = std::get_if<std::string>(&parsed))
    return unrecognized(type, *why, text);
  auto& body = std::get<parsed_body>(parsed);
  if (!body.value.is_object())
    return unrecognized(type,
                        std::string{"json: cannot unmarshal "} + body.value.type_name()
                            + " into Go value of type struct { APIVersion string "
                              "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string "
                              "\"json:\\\"kind,omitempty\\\"\" }",
                        text);
  if (auto why = check_kind(body.value, type, objects))
    return *why;
  return std::move(body);
}

} // namespace kubesim::http
