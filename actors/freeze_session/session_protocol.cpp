#include "actors/freeze_session/session_protocol.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <utility>

namespace freeze_session {
namespace {

constexpr std::size_t longest_line = 4096;
constexpr std::size_t longest_quotation = 200;

constexpr std::array<std::pair<thaw_cause, std::string_view>, 7> cause_words{{
    {thaw_cause::line, "line"},
    {thaw_cause::end_of_input, "eof"},
    {thaw_cause::timer, "timer"},
    {thaw_cause::pre_failed, "pre-failed"},
    {thaw_cause::client_lost, "lost"},
    {thaw_cause::terminated, "term"},
    {thaw_cause::session_killed, "killed"},
}};

/// Takes a line apart from the left.
class line_reader {
public:
  explicit line_reader(std::string_view line) : rest_{line} {}

  bool skip(std::string_view text) {
    if (!rest_.starts_with(text))
      return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view word() {
    auto end = std::min(rest_.find(' '), rest_.size());
    auto found = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return found;
  }

  template <std::integral Number>
  std::optional<Number> number() {
    Number value{};
    auto [end, problem] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (problem != std::errc{} || value < 0)
      return std::nullopt;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }

  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

private:
  std::string_view rest_;
};

std::optional<thaw_cause> thaw_cause_of(std::string_view word) {
  for (auto& [cause, text] : cause_words)
    if (text == word)
      return cause;
  return std::nullopt;
}

/// `<exit code>` and nothing after it.
template <class Fact>
std::optional<session_fact> with_code(line_reader line) {
  auto code = line.number<int>();
  if (!code || !line.at_end())
    return std::nullopt;
  return Fact{*code};
}

std::optional<session_fact> frozen_of(line_reader line) {
  auto after = line.number<std::int64_t>();
  if (!after || !line.at_end())
    return std::nullopt;
  return frozen{std::chrono::milliseconds{*after}};
}

/// `<cause> post <exit code> <ms>`
std::optional<session_fact> thawed_of(line_reader line) {
  auto cause = thaw_cause_of(line.word());
  if (!cause || !line.skip(" post "))
    return std::nullopt;
  auto code = line.number<int>();
  if (!code || !line.skip(" "))
    return std::nullopt;
  auto after = line.number<std::int64_t>();
  if (!after || !line.at_end())
    return std::nullopt;
  return thawed{*cause, *code, std::chrono::milliseconds{*after}};
}

std::optional<session_fact> refused_of(line_reader line) {
  if (line.at_end())
    return std::nullopt;
  return refused{std::string{line.rest()}};
}

std::optional<session_fact> freeze_fact(line_reader line) {
  if (line.rest() == "armed")
    return armed{};
  if (line.skip("frozen "))
    return frozen_of(line);
  if (line.skip("refused "))
    return refused_of(line);
  if (line.skip("pre "))
    return with_code<pre_ended>(line);
  if (line.skip("lost client "))
    return with_code<client_lost>(line);
  if (line.skip("thawed "))
    return thawed_of(line);
  return std::nullopt;
}

std::optional<session_fact> rescue_fact(line_reader line) {
  if (line.rest() == "here")
    return rescue_here{};
  if (line.skip("found "))
    return with_code<rescue_found>(line);
  if (line.skip("thawed post "))
    return with_code<rescue_thawed>(line);
  if (line.skip("refused "))
    return refused_of(line);
  return std::nullopt;
}

} // namespace

std::string_view to_string(thaw_cause cause) {
  for (auto& [known, text] : cause_words)
    if (known == cause)
      return text;
  return "unknown";
}

session_fact parse_session_line(std::string_view line) {
  line_reader reader{line};
  std::optional<session_fact> fact;
  if (reader.skip("@freeze "))
    fact = freeze_fact(reader);
  else if (reader.skip("@rescue "))
    fact = rescue_fact(reader);
  if (fact)
    return *std::move(fact);
  return protocol_violation{std::string{line.substr(0, longest_quotation)}};
}

std::vector<session_fact> session_parser::feed(std::string_view bytes) {
  std::vector<session_fact> facts;
  while (!bytes.empty()) {
    auto end = bytes.find('\n');
    auto piece = bytes.substr(0, end);
    line_ += piece.substr(0, longest_line - std::min(longest_line, line_.size()));
    if (end == std::string_view::npos)
      break;
    facts.push_back(parse_session_line(line_));
    line_.clear();
    bytes.remove_prefix(end + 1);
  }
  return facts;
}

} // namespace freeze_session
