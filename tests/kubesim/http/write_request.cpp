#include "tests/kubesim/http/write_request.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/body.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace kubesim::http {

namespace {

field_problem unsupported(const char* name, const std::string& value, const char* supported) {
  return {"FieldValueNotSupported", name,
          "Unsupported value: " + value + ": supported values: " + supported};
}

/// `["Some"]`, as the server shows the list.
std::string shown(const json& values) {
  return values.dump();
}

answer<bool> dry_run(const json& values, const std::string& kind) {
  if (values.empty())
    return false;
  bool is_known
      = std::all_of(values.begin(), values.end(), [](const json& one) { return one == "All"; });
  if (!is_known)
    return status_error::invalid_options(kind, {unsupported("dryRun", shown(values), "\"All\"")});
  return true;
}

json all_of(const query& parameters, std::string_view name) {
  json values = json::array();
  for (const auto& [key, value] : parameters)
    if (key == name && !value.empty())
      values.push_back(value);
  return values;
}

std::optional<std::int64_t> whole_number(const std::string& text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// `kubectl` of `kubectl/v1.32.4 (linux/amd64)`: the field manager of who names none.
std::string program_of(const std::string& user_agent) {
  constexpr std::size_t longest = 128;
  auto name = user_agent.substr(0, std::min(user_agent.find('/'), longest));
  return name.empty() ? "unknown" : name;
}

answer<json> removal_body(const std::string& body, const std::string& content_type) {
  if (body.empty())
    return json::object();
  auto media = media_type(content_type);
  auto parsed = media == "application/yaml" ? parse_yaml(body) : parse_json(body);
  if (auto* why = std::get_if<std::string>(&parsed))
    return status_error::bad_request("couldn't get version/kind; json parse error: " + *why);
  auto& value = std::get<parsed_body>(parsed).value;
  if (!value.is_object())
    return status_error::bad_request("json: cannot unmarshal " + std::string{value.type_name()}
                                     + " into Go value of type v1.DeleteOptions");
  return std::move(value);
}

std::optional<refusal> check_propagation(const std::string& policy) {
  static constexpr std::array<std::string_view, 4> known{"", "Foreground", "Background", "Orphan"};
  if (std::find(known.begin(), known.end(), policy) != known.end())
    return std::nullopt;
  return status_error::invalid_options(
      "DeleteOptions", {unsupported("propagationPolicy", "\"" + policy + "\"",
                                    "\"Foreground\", \"Background\", \"Orphan\", \"nil\"")});
}

} // namespace

answer<write_options> parse_write_options(const incoming& request, const std::string& kind) {
  const auto& parameters = request.parameters;
  write_options options;
  auto dry = dry_run(all_of(parameters, "dryRun"), kind);
  if (!dry)
    return dry.refusal();
  options.dry_run = *dry;
  options.field_manager = value_of(parameters, "fieldManager");
  if (options.field_manager.empty())
    options.field_manager = program_of(request.user_agent);
  options.force = flag(parameters, "force");
  auto validation = value_of(parameters, "fieldValidation");
  using level = write_options::validation;
  if (validation == "Strict")
    options.field_validation = level::strict;
  else if (validation == "Ignore")
    options.field_validation = level::ignore;
  else if (!validation.empty() && validation != "Warn")
    return status_error::invalid_options(kind,
                                         {unsupported("fieldValidation", "\"" + validation + "\"",
                                                      "\"\", \"Ignore\", \"Strict\", \"Warn\"")});
  return options;
}

answer<removal_options> parse_removal_options(const query& parameters, const std::string& body,
                                              const std::string& content_type) {
  auto parsed = removal_body(body, content_type);
  if (!parsed)
    return parsed.refusal();
  removal_options options;
  const json& own = *parsed;
  options.uid = text_at(own, {"preconditions", "uid"});
  options.resource_version = text_at(own, {"preconditions", "resourceVersion"});
  options.propagation = text_at(own, {"propagationPolicy"});
  if (options.propagation.empty())
    options.propagation = value_of(parameters, "propagationPolicy");
  if (auto why = check_propagation(options.propagation))
    return *why;
  // The deprecated way to say Orphan or Background.
  if (const json& orphan = field(own, {"orphanDependents"}); orphan.is_boolean())
    options.propagation = orphan.get<bool>() ? "Orphan" : "Background";
  if (const json& grace = field(own, {"gracePeriodSeconds"}); grace.is_number_integer())
    options.grace_seconds = grace.get<std::int64_t>();
  else
    options.grace_seconds = whole_number(value_of(parameters, "gracePeriodSeconds"));
  auto wishes = all_of(parameters, "dryRun");
  if (const json& listed = field(own, {"dryRun"}); listed.is_array())
    wishes.insert(wishes.end(), listed.begin(), listed.end());
  auto dry = dry_run(wishes, "DeleteOptions");
  if (!dry)
    return dry.refusal();
  options.dry_run = *dry;
  return options;
}

std::string warning_header(const std::string& text) {
  std::string quoted;
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return "299 - \"" + quoted + "\"";
}

} // namespace kubesim::http
