#include "tests/kubesim/http/list_request.hpp"

#include "tests/kubesim/api/collection.hpp"
#include "tests/kubesim/api/status_error.hpp"
#include "tests/kubesim/http/continue_token.hpp"

#include <charconv>

namespace kubesim::http {

namespace {

using problem_list = std::vector<field_problem>;

void forbid(problem_list& list, std::string name, const std::string& why) {
  list.push_back({"FieldValueForbidden", std::move(name), "Forbidden: " + why});
}

void not_supported(problem_list& list, const std::string& value) {
  list.push_back({"FieldValueNotSupported", "resourceVersionMatch",
                  "Unsupported value: \"" + value
                      + "\": supported values: \"\", \"Exact\", \"NotOlderThan\""});
}

problem_list list_problems(const list_options& options) {
  problem_list list;
  const auto& match = options.version_match;
  if (!match.empty()) {
    if (options.resource_version.empty())
      forbid(list, "resourceVersionMatch",
             "resourceVersionMatch is forbidden unless resourceVersion is provided");
    if (!options.continue_token.empty())
      forbid(list, "resourceVersionMatch", "resourceVersionMatch is forbidden for continue");
    if (match != "Exact" && match != "NotOlderThan")
      not_supported(list, match);
    if (match == "Exact" && options.resource_version == "0")
      forbid(list, "resourceVersionMatch",
             "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
  }
  if (options.send_initial_events)
    forbid(list, "sendInitialEvents", "sendInitialEvents is forbidden for list");
  return list;
}

problem_list watch_problems(const list_options& options) {
  problem_list list;
  const auto& match = options.version_match;
  if (options.send_initial_events && match != "NotOlderThan")
    forbid(list, "resourceVersionMatch",
           "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
  if (match.empty())
    return list;
  if (!options.send_initial_events)
    forbid(list, "resourceVersionMatch",
           "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
  if (match != "NotOlderThan")
    not_supported(list, match);
  if (!options.continue_token.empty())
    forbid(list, "resourceVersionMatch", "resourceVersionMatch is forbidden for continue");
  return list;
}

answer<std::optional<std::int64_t>> integer(const query& parameters, std::string_view name) {
  auto text = value_of(parameters, name);
  if (text.empty())
    return std::optional<std::int64_t>{};
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return status_error::bad_request("strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
  return std::optional{value};
}

refusal expired_token(continue_token token) {
  token.resource_version = -1;
  auto why = status_error::expired(
      "The provided continue parameter is too old to display a consistent list result. You can "
      "start a new list without the continue parameter, or use the continue token in this response "
      "to retrieve the remainder of the results. Continuing with the provided token results in an "
      "inconsistent list - objects that were created, modified, or deleted between the time the "
      "first chunk was returned and now may show up in the list.");
  why.status["metadata"]["continue"] = write_token(token);
  return why;
}

/// From which state the list is taken.
struct snapshot {
  object_list items;
  std::uint64_t version;
};

answer<snapshot> continued(const api_registry& objects, const resource_type& type,
                           const std::string& name_space, const continue_token& token) {
  if (token.resource_version < 0)
    return snapshot{objects.all(type, name_space), objects.resource_version()};
  auto version = static_cast<std::uint64_t>(token.resource_version);
  auto then = objects.all_at(type, name_space, version);
  if (!then)
    return expired_token(token);
  return snapshot{std::move(*then), version};
}

answer<snapshot> state_for(const api_registry& objects, const resource_type& type,
                           const std::string& name_space, const list_options& options) {
  auto parsed = parse_version(options.resource_version);
  if (auto* why = std::get_if<std::string>(&parsed))
    return status_error::bad_request("invalid resource version: resourceVersion: Invalid value: \""
                                     + options.resource_version + "\": " + *why);
  auto version = std::get<std::uint64_t>(parsed);
  auto now = objects.resource_version();
  if (version > now)
    return status_error::version_too_large(version, now);
  // Without a match, a page at a version means that version exactly.
  bool is_exact = options.version_match == "Exact"
                  || (options.version_match.empty() && options.limit > 0 && version > 0);
  if (!is_exact)
    return snapshot{objects.all(type, name_space), now};
  auto then = objects.all_at(type, name_space, version);
  if (!then)
    return status_error::expired("The resourceVersion for the provided list is too old.");
  return snapshot{std::move(*then), version};
}

/// Cuts a page off and says where the rest begins.
void cut_page(listed& list, const list_options& options, const std::string& name_space,
              std::uint64_t version) {
  auto size = static_cast<std::size_t>(options.limit);
  if (options.limit <= 0 || list.items.size() <= size)
    return;
  if (!options.has_selector())
    list.metadata["remainingItemCount"] = list.items.size() - size;
  list.items.resize(size);
  auto last = ref_of(*list.items.back());
  if (!name_space.empty())
    last.name_space.clear();
  list.metadata["continue"] = write_token({static_cast<std::int64_t>(version), std::move(last)});
}

} // namespace

std::variant<std::uint64_t, std::string> parse_version(const std::string& text) {
  if (text.empty())
    return std::uint64_t{0};
  std::uint64_t version = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (error != std::errc{} || end != text.data() + text.size())
    return "strconv.ParseUint: parsing \"" + text + "\": invalid syntax";
  return version;
}

answer<list_options> parse_list_options(const query& parameters, const kind_rules& rules,
                                        listing what) {
  list_options options;
  auto limit = integer(parameters, "limit");
  if (!limit)
    return limit.refusal();
  auto timeout = integer(parameters, "timeoutSeconds");
  if (!timeout)
    return timeout.refusal();
  auto labels = label_selector::parse(value_of(parameters, "labelSelector"));
  if (!labels)
    return labels.refusal();
  auto fields = field_selector::parse(value_of(parameters, "fieldSelector"), rules);
  if (!fields)
    return fields.refusal();
  options.limit = (*limit).value_or(0);
  options.timeout_seconds = *timeout;
  options.labels = std::move(*labels);
  options.fields = std::move(*fields);
  options.continue_token = value_of(parameters, "continue");
  options.resource_version = value_of(parameters, "resourceVersion");
  options.version_match = value_of(parameters, "resourceVersionMatch");
  if (has(parameters, "sendInitialEvents"))
    options.send_initial_events = flag(parameters, "sendInitialEvents");
  options.allows_bookmarks = flag(parameters, "allowWatchBookmarks");
  auto problems = what == listing::watch ? watch_problems(options) : list_problems(options);
  if (!problems.empty())
    return status_error::invalid_options("ListOptions", problems);
  return options;
}

answer<listed> list_objects(const api_registry& objects, const resource_type& type,
                            const std::string& name_space, const list_options& options) {
  continue_token token;
  if (!options.continue_token.empty()) {
    if (!options.resource_version.empty() && options.resource_version != "0")
      return status_error::bad_request(
          "specifying resource version is not allowed when using continue");
    auto parsed = read_token(options.continue_token);
    if (auto* why = std::get_if<std::string>(&parsed))
      return status_error::bad_request("invalid continue token: " + *why);
    token = std::get<continue_token>(std::move(parsed));
    if (!name_space.empty())
      token.after.name_space = name_space;
  }
  auto state = options.continue_token.empty() ? state_for(objects, type, name_space, options)
                                              : continued(objects, type, name_space, token);
  if (!state)
    return state.refusal();
  listed list;
  for (auto& object : state->items)
    if (options.selects(*object) && (token.after.name.empty() || ref_of(*object) > token.after))
      list.items.push_back(std::move(object));
  list.metadata["resourceVersion"] = std::to_string(state->version);
  cut_page(list, options, name_space, state->version);
  return list;
}

} // namespace kubesim::http
