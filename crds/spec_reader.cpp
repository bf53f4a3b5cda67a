#include "crds/spec_reader.hpp"

#include "crds/duration.hpp"

namespace crds {
namespace {

/// `Auto, Individual or Group`
std::string list_of(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (index > 0)
      text += index + 1 == words.size() ? " or " : ", ";
    text += words[index];
  }
  return text;
}

} // namespace

std::optional<std::chrono::milliseconds> spec_reader::duration(std::string_view field) const {
  if (!object_.has(field))
    return std::nullopt;
  const auto text = object_.text(field);
  const auto span = parse_duration(text);
  if (span && span->count() > 0)
    return span;
  note(field, text,
       span ? "leaves no time at all; write a longer duration, e.g. 30s"
            : "is no duration; write numbers with units, largest first, e.g. 500ms, 30s or 1h30m");
  return std::nullopt;
}

bool spec_reader::flag(std::string_view field, bool otherwise) const {
  return object_.has(field) ? object_.flag(field) : otherwise;
}

spec_reader spec_reader::child(std::string_view field) const {
  return {object_.child(field), path_ + "." + std::string{field}, *problems_};
}

void spec_reader::note(std::string_view field, std::string_view value,
                       std::string_view problem) const {
  auto text = path_ + ".";
  text.append(field).append(": \"").append(value).append("\" ").append(problem);
  problems_->push_back(std::move(text));
}

void spec_reader::note_unknown_word(std::string_view field, std::string_view text,
                                    const std::vector<std::string_view>& known) const {
  note(field, text, "is not known; write " + list_of(known));
}

} // namespace crds
