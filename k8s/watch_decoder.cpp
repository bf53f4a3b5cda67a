#include "k8s/watch_decoder.hpp"

#include <array>
#include <optional>
#include <utility>

namespace k8s {

namespace {

error bad_stream(std::string detail) {
  return {
      .code = errc::protocol, .attempted = "reading a watch event", .detail = std::move(detail)};
}

std::optional<watch_event::type> type_named(std::string_view name) {
  using type = watch_event::type;
  constexpr std::array<std::pair<std::string_view, type>, 5> names{{{"ADDED", type::added},
                                                                    {"MODIFIED", type::modified},
                                                                    {"DELETED", type::deleted},
                                                                    {"BOOKMARK", type::bookmark},
                                                                    {"ERROR", type::error}}};
  for (const auto& [text, what] : names)
    if (text == name)
      return what;
  return std::nullopt;
}

std::string excerpt(std::string_view line) {
  constexpr std::size_t longest = 80;
  return std::string{line.substr(0, longest)} + (line.size() > longest ? "..." : "");
}

result<watch_event> decode_line(std::string_view line) {
  auto parsed = nlohmann::json::parse(line, nullptr, false);
  if (!parsed.is_object())
    return bad_stream("not a JSON object: " + excerpt(line));
  const auto type = parsed.find("type");
  const auto object = parsed.find("object");
  if (type == parsed.end() || !type->is_string() || object == parsed.end() || !object->is_object())
    return bad_stream("no type and object: " + excerpt(line));
  const auto what = type_named(type->get_ref<const std::string&>());
  if (!what)
    return bad_stream("unknown type " + type->get<std::string>());
  return watch_event{*what, std::move(*object)};
}

} // namespace

result<std::vector<watch_event>> watch_decoder::feed(std::string_view bytes) {
  std::vector<watch_event> events;
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    if (partial_line_.size() + piece.size() > longest_line_)
      return bad_stream("a line of more than " + std::to_string(longest_line_) + " bytes");
    if (end == std::string_view::npos) {
      partial_line_ += piece;
      break;
    }
    bytes.remove_prefix(end + 1);
    const std::string whole = std::exchange(partial_line_, {}).append(piece);
    if (whole.empty())
      continue;
    auto event = decode_line(whole);
    if (!event)
      return std::move(event).error();
    events.push_back(std::move(*event));
  }
  return events;
}

} // namespace k8s
