#include "tests/kubesim/faults/fault_plan.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"

namespace kubesim {

namespace {

const char* name_of(passage::point at) {
  switch (at) {
  case passage::point::watch_event:
    return "watch_event";
  case passage::point::exec_frame:
    return "exec_frame";
  default:
    return "request";
  }
}

bool matches(const std::optional<std::regex>& pattern, const std::string& text) {
  return !pattern || std::regex_match(text, *pattern);
}

bool matches(const fault_rule& rule, const passage& what) {
  return rule.at == what.at && matches(rule.user, what.user) && matches(rule.verb, what.verb)
         && matches(rule.resource, what.resource) && matches(rule.subresource, what.subresource)
         && matches(rule.name_space, what.name_space) && matches(rule.name, what.name);
}

std::optional<std::string> read_pattern(const json& rule, const char* name,
                                        std::optional<std::regex>& into) {
  const json& text = field(rule, {name});
  if (text.is_null())
    return std::nullopt;
  if (!text.is_string())
    return std::string{name} + " is no text";
  try {
    into.emplace(text.get<std::string>());
  } catch (const std::regex_error& error) {
    return std::string{name} + ": " + error.what();
  }
  return std::nullopt;
}

std::optional<std::string> read_point(const json& rule, fault_rule& into) {
  auto at = text_at(rule, {"at"});
  for (auto point :
       {passage::point::request, passage::point::watch_event, passage::point::exec_frame})
    if (at == name_of(point)) {
      into.at = point;
      return std::nullopt;
    }
  return at.empty() ? std::nullopt : std::optional{"at: unknown point " + at};
}

std::optional<std::string> read_occurrence(const json& rule, fault_rule& into) {
  if (const json& first = field(rule, {"first"}); first.is_number_unsigned())
    into.first = first.get<std::uint64_t>();
  else if (!first.is_null())
    return "first is no number from 1";
  if (const json& times = field(rule, {"times"}); times.is_number_unsigned())
    into.times = times.get<std::uint64_t>();
  else if (!times.is_null())
    return "times is no number";
  return std::nullopt;
}

std::optional<std::string> read_victim(const json& rule, fault_rule& into) {
  const json& process = field(rule, {"kill"});
  if (process.is_null())
    return std::nullopt;
  if (!process.is_number_unsigned() || process < 2)
    return "kill is no process id";
  into.kills = process.get<pid_t>();
  if (const json& number = field(rule, {"signal"}); number.is_number_unsigned())
    into.with_signal = number.get<int>();
  return std::nullopt;
}

const char* default_reason(int code) {
  switch (code) {
  case 409:
    return "Conflict";
  case 410:
    return "Expired";
  case 429:
    return "TooManyRequests";
  case 500:
    return "InternalError";
  case 503:
    return "ServiceUnavailable";
  case 504:
    return "Timeout";
  default:
    return "";
  }
}

std::optional<std::string> read_status(const json& action, fault_rule& into) {
  const json& code = action.at("status");
  if (!code.is_number_integer() || code < 400 || code > 599)
    return "action.status is no code of an error";
  auto number = code.get<int>();
  auto reason = text_at(action, {"reason"});
  auto why = status_error::of(number, reason.empty() ? default_reason(number) : reason,
                              text_at(action, {"message"}));
  if (const json& seconds = field(action, {"retryAfter"}); seconds.is_number_integer()) {
    why.headers.emplace_back("Retry-After", std::to_string(seconds.get<int>()));
    why.status["details"]["retryAfterSeconds"] = seconds;
  }
  into.action = refuse{std::move(why)};
  return std::nullopt;
}

/// An action that is no more than its name.
std::optional<fault> plain_action(const json& action) {
  if (field(action, {"pass"}) == true)
    return pass{};
  if (field(action, {"swallow"}) == true)
    return swallow{};
  if (field(action, {"truncate"}) == true)
    return truncate{};
  if (field(action, {"repeat"}) == true)
    return repeat{};
  if (field(action, {"fallSilent"}) == true)
    return fall_silent{};
  const auto drop = text_at(action, {"drop"});
  if (drop == "before")
    return drop_before{};
  if (drop == "after")
    return drop_after{};
  return std::nullopt;
}

std::optional<std::string> read_action(const json& rule, fault_rule& into) {
  const json& action = field(rule, {"action"});
  if (action.contains("status"))
    return read_status(action, into);
  using std::chrono::milliseconds;
  if (const json& time = field(action, {"delay"}); time.is_number_unsigned()) {
    into.action = delay{milliseconds{time.get<std::int64_t>()}};
  } else if (const json& late = field(action, {"delayAfter"}); late.is_number_unsigned()) {
    into.action = delay_after{milliseconds{late.get<std::int64_t>()}};
  } else if (const json& changes = field(action, {"stale"}); changes.is_number_unsigned()) {
    into.action = be_stale{changes.get<std::size_t>()};
  } else if (auto plain = plain_action(action)) {
    into.action = std::move(*plain);
  } else {
    return "action is none of delay, delayAfter, status, drop (before, after), truncate, stale, "
           "swallow, repeat, fallSilent, pass";
  }
  return std::nullopt;
}

} // namespace

fault fault_plan::next(const passage& what) {
  std::string key = name_of(what.at);
  key.append(" ").append(what.verb).append(" ").append(what.resource);
  if (!what.subresource.empty())
    key.append("/").append(what.subresource);
  ++counts_[key];
  fault decided = pass{};
  for (auto& rule : rules_) {
    if (!matches(rule, what))
      continue;
    ++rule.seen;
    bool is_due = rule.seen >= rule.first && (!rule.times || rule.seen - rule.first < *rule.times);
    if (!is_due || !std::holds_alternative<pass>(decided))
      continue;
    if (rule.kills)
      ::kill(*rule.kills, rule.with_signal);
    decided = rule.action;
  }
  return decided;
}

std::variant<fault_rule, std::string> parse_fault_rule(const json& rule) {
  if (!rule.is_object())
    return "a rule is an object";
  fault_rule parsed;
  parsed.id = text_at(rule, {"id"});
  for (auto [name, pattern] : {std::pair{"user", &parsed.user},
                               {"verb", &parsed.verb},
                               {"resource", &parsed.resource},
                               {"subresource", &parsed.subresource},
                               {"namespace", &parsed.name_space},
                               {"name", &parsed.name}})
    if (auto why = read_pattern(rule, name, *pattern))
      return *why;
  for (auto read : {read_point, read_occurrence, read_victim, read_action})
    if (auto why = read(rule, parsed))
      return *why;
  return parsed;
}

} // namespace kubesim
