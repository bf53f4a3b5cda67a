#include "tests/kubesim/kubelet/pod_fields.hpp"

#include <array>
#include <ctime>

namespace kubesim {

const json& at_path(const json& object, std::initializer_list<std::string_view> path) {
  static const json nothing;
  const json* place = &object;
  for (const auto name : path) {
    if (!place->is_object())
      return nothing;
    const auto it = place->find(name);
    if (it == place->end())
      return nothing;
    place = &*it;
  }
  return *place;
}

std::string text_at_path(const json& object, std::initializer_list<std::string_view> path,
                         std::string_view otherwise) {
  const auto& found = at_path(object, path);
  return found.is_string() ? found.get<std::string>() : std::string{otherwise};
}

std::int64_t number_at_path(const json& object, std::initializer_list<std::string_view> path,
                            std::int64_t otherwise) {
  const auto& found = at_path(object, path);
  return found.is_number_integer() ? found.get<std::int64_t>() : otherwise;
}

bool flag_at_path(const json& object, std::initializer_list<std::string_view> path,
                  bool otherwise) {
  const auto& found = at_path(object, path);
  return found.is_boolean() ? found.get<bool>() : otherwise;
}

std::string uid_of(const json& object) {
  return text_at_path(object, {"metadata", "uid"});
}

std::string seconds_text(time_point time) {
  const auto seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

} // namespace kubesim
