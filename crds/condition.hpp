#pragma once

#include "k8s/object_meta.hpp"

namespace k8s {
class json_reader;
}

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace crds {

enum class condition_status { unknown, is_true, is_false };

/// metav1.Condition.
struct condition {
  std::string type;
  condition_status status = condition_status::unknown;
  std::string reason, message;
  std::int64_t observed_generation = 0;
  k8s::timestamp last_transition_time{};

  bool operator==(const condition&) const = default;
};

/// Adds or replaces the condition of that type; the transition time moves only when the status
/// does.
void set_condition(std::vector<condition>& conditions, condition next);
const condition* find_condition(const std::vector<condition>& conditions, std::string_view type);

/// The field `conditions` of a status.
std::vector<condition> read_conditions(const k8s::json_reader& status);
/// All conditions as JSON; null if there are none.
nlohmann::json encode(const std::vector<condition>& conditions);

} // namespace crds
