#include "tests/kubesim/api/fields.hpp"

#include <charconv>

namespace kubesim {

const json& field(const json& object, std::initializer_list<std::string_view> path) {
  static const json nothing;
  const json* here = &object;
  for (auto name : path) {
    if (!here->is_object())
      return nothing;
    auto found = here->find(name);
    if (found == here->end())
      return nothing;
    here = &*found;
  }
  return *here;
}

std::string text_at(const json& object, std::initializer_list<std::string_view> path) {
  const json& value = field(object, path);
  return value.is_string() ? value.get<std::string>() : std::string{};
}

const json& items_at(const json& object, std::initializer_list<std::string_view> path) {
  static const json none = json::array();
  const json& value = field(object, path);
  return value.is_structured() ? value : none;
}

std::uint64_t version_of(const json& object) {
  const json& value = field(object, {"metadata", "resourceVersion"});
  if (!value.is_string())
    return 0;
  const auto& text = value.get_ref<const std::string&>();
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

} // namespace kubesim
