#include "crds/condition.hpp"

#include "crds/utf8.hpp"
#include "crds/words.hpp"
#include "k8s/json_reader.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace crds {
namespace {

constexpr std::array<word<condition_status>, 3> status_words{{
    {condition_status::is_true, "True"},
    {condition_status::is_false, "False"},
    {condition_status::unknown, "Unknown"},
}};

auto find_type(auto& conditions, std::string_view type) {
  return std::find_if(conditions.begin(), conditions.end(),
                      [&](const condition& each) { return each.type == type; });
}

condition read_condition(const k8s::json_reader& in) {
  condition read;
  read.type = in.text("type");
  read.status = find_word(status_words, in.text("status")).value_or(condition_status::unknown);
  read.reason = in.text("reason");
  read.message = in.text("message");
  read.observed_generation = in.integer("observedGeneration");
  read.last_transition_time = in.time("lastTransitionTime").value_or(k8s::timestamp{});
  return read;
}

} // namespace

void set_condition(std::vector<condition>& conditions, condition next) {
  const auto known = find_type(conditions, next.type);
  if (known == conditions.end()) {
    conditions.push_back(std::move(next));
    return;
  }
  if (known->status == next.status)
    next.last_transition_time = known->last_transition_time;
  *known = std::move(next);
}

const condition* find_condition(const std::vector<condition>& conditions, std::string_view type) {
  const auto known = find_type(conditions, type);
  return known == conditions.end() ? nullptr : &*known;
}

std::vector<condition> read_conditions(const k8s::json_reader& status) {
  std::vector<condition> conditions;
  for (const auto& each : status.items("conditions"))
    conditions.push_back(read_condition(each));
  return conditions;
}

nlohmann::json encode(const std::vector<condition>& conditions) {
  if (conditions.empty())
    return nullptr;
  auto list = nlohmann::json::array();
  for (const auto& each : conditions)
    list.push_back({
        {"type", each.type},
        {"status", word_of(status_words, each.status)},
        {"reason", each.reason},
        {"message", as_utf8(each.message)},
        {"observedGeneration", each.observed_generation},
        {"lastTransitionTime", k8s::to_rfc3339_micro(each.last_transition_time)},
    });
  return list;
}

} // namespace crds
