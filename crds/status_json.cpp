#include "crds/status_json.hpp"

#include <iterator>
#include <utility>

namespace crds::status_json {

using nlohmann::json;

json text_or_null(const std::string& text) {
  return text.empty() ? json{} : json(text);
}

json time_or_null(const std::optional<k8s::timestamp>& at) {
  return at ? json(k8s::to_rfc3339_micro(*at)) : json{};
}

json without_nulls(json entry) {
  for (auto member = entry.begin(); member != entry.end();)
    member = member->is_null() || (member->is_object() && member->empty()) ? entry.erase(member)
                                                                           : std::next(member);
  return entry;
}

} // namespace crds::status_json
