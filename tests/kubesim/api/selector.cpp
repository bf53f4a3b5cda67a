#include "tests/kubesim/api/selector.hpp"

#include "tests/kubesim/api/fields.hpp"
#include "tests/kubesim/api/status_error.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>

namespace kubesim {

namespace {

struct token {
  enum class type { end, word, comma, open, closed, equal, unequal, exclamation, greater, less };
  type is = type::end;
  std::string text;
};

constexpr std::string_view specials = "=!(),><";

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

token next_token(std::string_view text, std::size_t& at) {
  while (at < text.size() && is_space(text[at]))
    ++at;
  if (at == text.size())
    return {};
  auto start = at;
  if (specials.find(text[at]) == std::string_view::npos) {
    while (at < text.size() && !is_space(text[at])
           && specials.find(text[at]) == std::string_view::npos)
      ++at;
    return {token::type::word, std::string{text.substr(start, at - start)}};
  }
  auto two = text.substr(at, 2);
  if (two == "==" || two == "!=") {
    at += 2;
    return {two == "==" ? token::type::equal : token::type::unequal, std::string{two}};
  }
  ++at;
  using is = token::type;
  switch (text[start]) {
  case '=':
    return {is::equal, "="};
  case '!':
    return {is::exclamation, "!"};
  case '(':
    return {is::open, "("};
  case ')':
    return {is::closed, ")"};
  case ',':
    return {is::comma, ","};
  case '>':
    return {is::greater, ">"};
  default:
    return {is::less, "<"};
  }
}

std::vector<token> tokens_of(std::string_view text) {
  std::vector<token> all;
  std::size_t at = 0;
  do
    all.push_back(next_token(text, at));
  while (all.back().is != token::type::end);
  return all;
}

std::optional<long long> number_of(const std::string& text) {
  long long value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

} // namespace

/// Recursive descent over the tokens; the texts of failures are the server's.
class label_selector::parser {
public:
  explicit parser(std::string_view text) : tokens_{tokens_of(text)} {}

  std::vector<requirement> all() {
    std::vector<requirement> found;
    if (now().is == token::type::end)
      return found;
    for (;;) {
      if (now().is != token::type::word && now().is != token::type::exclamation)
        fail("found '" + now().text + "', expected: !, identifier, or 'end of string'");
      found.push_back(one());
      if (now().is == token::type::end)
        return found;
      if (now().is != token::type::comma)
        fail("found '" + now().text + "', expected: ',' or 'end of string'");
      step();
      if (now().is != token::type::word && now().is != token::type::exclamation)
        fail("found '" + now().text + "', expected: identifier after ','");
    }
  }

  struct failure {
    std::string text;
  };

private:
  const token& now() const { return tokens_[at_]; }
  void step() {
    if (at_ + 1 < tokens_.size())
      ++at_;
  }
  [[noreturn]] static void fail(std::string text) { throw failure{std::move(text)}; }

  std::string take_word() {
    auto text = now().text;
    step();
    return text;
  }

  requirement one() {
    if (now().is == token::type::exclamation) {
      step();
      if (now().is != token::type::word)
        fail("unable to parse requirement: found '" + now().text + "', expected: identifier");
      return {take_word(), relation::not_exists, {}};
    }
    auto key = take_word();
    using is = token::type;
    switch (now().is) {
    case is::end:
    case is::comma:
      return {key, relation::exists, {}};
    case is::equal:
      return {key, relation::in, {value()}};
    case is::unequal:
      return {key, relation::not_in, {value()}};
    case is::greater:
      return {key, relation::greater, {whole_number()}};
    case is::less:
      return {key, relation::less, {whole_number()}};
    default:
      return set_of(key);
    }
  }

  std::string value() {
    step();
    // `k=` and `k=,` mean the empty value.
    return now().is == token::type::word ? take_word() : std::string{};
  }

  std::string whole_number() {
    auto text = value();
    if (!number_of(text))
      fail("unable to parse requirement: values[0]: Invalid value: \"" + text
           + "\": for 'Gt', 'Lt' operators, the value must be an integer");
    return text;
  }

  requirement set_of(const std::string& key) {
    auto word = now().text;
    if (word != "in" && word != "notin")
      fail("unable to parse requirement: found '" + word
           + "', expected: in, notin, =, ==, !=, gt, lt");
    step();
    if (now().is != token::type::open)
      fail("unable to parse requirement: found '" + now().text + "' expected: '('");
    step();
    return {key, word == "in" ? relation::in : relation::not_in, values()};
  }

  std::vector<std::string> values() {
    std::vector<std::string> found;
    for (;;) {
      found.push_back(now().is == token::type::word ? take_word() : std::string{});
      if (now().is == token::type::closed) {
        step();
        return found;
      }
      if (now().is != token::type::comma)
        fail("unable to parse requirement: found '" + now().text + "', expected: ',', or ')'");
      step();
    }
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0;
};

answer<label_selector> label_selector::parse(std::string_view text) {
  label_selector parsed;
  try {
    parsed.requirements_ = parser{text}.all();
  } catch (const parser::failure& failure) {
    return status_error::bad_request(failure.text);
  }
  return parsed;
}

bool label_selector::holds(const requirement& wanted, const json& labels) {
  auto label = labels.find(wanted.key);
  bool is_there = label != labels.end();
  auto text = is_there && label->is_string() ? label->get<std::string>() : std::string{};
  bool is_listed
      = std::find(wanted.values.begin(), wanted.values.end(), text) != wanted.values.end();
  auto number = number_of(text);
  switch (wanted.how) {
  case relation::exists:
    return is_there;
  case relation::not_exists:
    return !is_there;
  case relation::in:
    return is_there && is_listed;
  case relation::not_in:
    return !is_there || !is_listed;
  case relation::greater:
    return number && *number > *number_of(wanted.values.front());
  default:
    return number && *number < *number_of(wanted.values.front());
  }
}

bool label_selector::matches(const json& object) const {
  if (requirements_.empty())
    return true;
  static const json none = json::object();
  const json& found = field(object, {"metadata", "labels"});
  const json& labels = found.is_object() ? found : none;
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const requirement& wanted) { return holds(wanted, labels); });
}

namespace {

std::function<std::string(const json&)> getter(const std::string& name, const kind_rules& rules) {
  if (name == "metadata.name" || name == "metadata.namespace")
    return [member = name.substr(9)](const json& object) {
      return text_at(object, {"metadata", member});
    };
  for (const auto& [known, value_of] : rules.selectable_fields)
    if (known == name)
      return value_of;
  return {};
}

refusal unknown_field(const std::string& name, const kind_rules& rules) {
  // Kinds without fields of their own use the generic text.
  if (rules.selectable_fields.empty())
    return status_error::bad_request(
        "\"" + name
        + "\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"");
  return status_error::bad_request("field label not supported: " + name);
}

} // namespace

answer<field_selector> field_selector::parse(std::string_view text, const kind_rules& rules) {
  field_selector parsed;
  while (!text.empty()) {
    auto comma = text.find(',');
    std::string part{text.substr(0, comma)};
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (part.empty())
      continue;
    auto sign = part.find_first_of("=!");
    bool is_unequal = sign != std::string::npos && part.compare(sign, 2, "!=") == 0;
    if (sign == std::string::npos || (part[sign] == '!' && !is_unequal))
      return status_error::bad_request("invalid selector: '" + part + "'; can't understand '" + part
                                       + "'");
    bool is_double = is_unequal || part.compare(sign, 2, "==") == 0;
    auto name = part.substr(0, sign);
    auto value_of = getter(name, rules);
    if (!value_of)
      return unknown_field(name, rules);
    parsed.terms_.push_back(
        {std::move(value_of), part.substr(sign + (is_double ? 2 : 1)), !is_unequal});
  }
  return parsed;
}

field_selector field_selector::by_name(std::string name) {
  field_selector made;
  made.terms_.push_back({[](const json& object) {
                           return text_at(object, {"metadata", "name"});
                         },
                         std::move(name), true});
  return made;
}

bool field_selector::matches(const json& object) const {
  return std::all_of(terms_.begin(), terms_.end(), [&](const term& one) {
    return (one.value_of(object) == one.wanted) == one.is_equal;
  });
}

void field_selector::also(const field_selector& other) {
  terms_.insert(terms_.end(), other.terms_.begin(), other.terms_.end());
}

} // namespace kubesim
