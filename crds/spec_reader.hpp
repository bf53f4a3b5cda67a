#pragma once

#include "crds/words.hpp"
#include "k8s/json_reader.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

/// Reads what people write in a spec. A senseless value is no failure but a problem for them to
/// read, and then reads as absent.
class spec_reader {
public:
  /// `path` is that of `object`, for the problems; all three must outlive the reader.
  spec_reader(const k8s::json_reader& object, std::string path, std::vector<std::string>& problems)
      : object_{object}, path_{std::move(path)}, problems_{&problems} {}

  template <class Enum, std::size_t Count>
  std::optional<Enum> choice(std::string_view field,
                             const std::array<word<Enum>, Count>& words) const {
    if (!object_.has(field))
      return std::nullopt;
    const auto text = object_.text(field);
    const auto value = find_word(words, text);
    if (value)
      return value;
    std::vector<std::string_view> texts;
    for (const auto& each : words)
      texts.push_back(each.text);
    note_unknown_word(field, text, texts);
    return std::nullopt;
  }

  /// More than zero.
  std::optional<std::chrono::milliseconds> duration(std::string_view field) const;
  bool flag(std::string_view field, bool otherwise) const;
  std::string text(std::string_view field) const { return object_.text(field); }
  std::vector<std::string> text_list(std::string_view field) const {
    return object_.text_list(field);
  }
  spec_reader child(std::string_view field) const;

  /// `spec.a: "value" <problem>`
  void note(std::string_view field, std::string_view value, std::string_view problem) const;

private:
  void note_unknown_word(std::string_view field, std::string_view text,
                         const std::vector<std::string_view>& known) const;

  k8s::json_reader object_;
  std::string path_;
  std::vector<std::string>* problems_;
};

} // namespace crds
