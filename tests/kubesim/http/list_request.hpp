#pragma once

#include "tests/kubesim/api/api_registry.hpp"
#include "tests/kubesim/api/selector.hpp"
#include "tests/kubesim/http/query.hpp"
#include "tests/kubesim/http/render.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace kubesim::http {

/// The query of a list, a watch or a deletion of a collection.
struct list_options {
  label_selector labels;
  field_selector fields;
  std::int64_t limit = 0;
  std::string continue_token;
  std::string resource_version, version_match;
  std::optional<bool> send_initial_events;
  bool allows_bookmarks = false;
  std::optional<std::int64_t> timeout_seconds;

  bool selects(const json& object) const {
    return labels.matches(object) && fields.matches(object);
  }
  bool has_selector() const { return !labels.empty() || !fields.empty(); }
};

enum class listing { once, watch };

/// 400 for what cannot be read, 422 for what does not go together.
answer<list_options> parse_list_options(const query& parameters, const kind_rules& rules,
                                        listing what);

/// A resource version from a query. The texts of failure differ by verb, so only Go's reason is
/// given: `strconv.ParseUint: parsing "abc": invalid syntax`.
std::variant<std::uint64_t, std::string> parse_version(const std::string& text);

struct listed {
  object_list items;
  json metadata; ///< of the list: resourceVersion, continue, remainingItemCount
};

/// One page of the objects, at the state that the options ask for.
answer<listed> list_objects(const api_registry& objects, const resource_type& type,
                            const std::string& name_space, const list_options& options);

} // namespace kubesim::http
